import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormControl from '@mui/material/FormControl';
import FormLabel from '@mui/material/FormLabel';
import { useTranslation } from 'react-i18next';
import { usePeople } from '../../api';
import { useMay, useSession } from '../../app/SessionGate';
import { calledAs } from '../admin/people/person';

interface RecipientsProps {
  value: readonly string[];
  attach: boolean;
  onChange: (to: string[]) => void;
  onAttach: (attach: boolean) => void;
}

/** Who gets a report when it is there. Who may not list people can name themselves, and keeps the others as they are. */
export function Recipients({ value, attach, onChange, onAttach }: RecipientsProps) {
  const { t } = useTranslation('work');
  const may = useMay();
  const { user } = useSession();
  const people = usePeople(undefined, { skip: !may('users.read') });
  const me = { id: user.id, name: t('recipients.me') };
  const listed = (people.data?.users ?? []).filter((each) => each.disabled_at === null && each.id !== user.id).map((each) => ({ id: each.id, name: calledAs(each) }));
  const offered = [me, ...listed];
  const others = value.filter((id) => !offered.some((each) => each.id === id)).length;
  const toggle = (id: string, on: boolean) => onChange(on ? [...value, id] : value.filter((each) => each !== id));
  return (
    <FormControl component="fieldset">
      <FormLabel component="legend">{t('recipients.label')}</FormLabel>
      <FormGroup sx={{ paddingInlineStart: 1, maxHeight: 200, overflowY: 'auto', flexWrap: 'nowrap' }}>
        {offered.map(({ id, name }) => (
          <FormControlLabel key={id} control={<Checkbox checked={value.includes(id)} onChange={(_, on) => toggle(id, on)} />} label={name} />
        ))}
      </FormGroup>
      {others > 0 && <FormHelperText>{t('recipients.others', { count: others })}</FormHelperText>}
      <FormControlLabel disabled={value.length === 0} control={<Checkbox checked={attach && value.length > 0} onChange={(_, on) => onAttach(on)} />} label={t('recipients.attach')} />
      <FormHelperText>{t('recipients.help')}</FormHelperText>
    </FormControl>
  );
}
