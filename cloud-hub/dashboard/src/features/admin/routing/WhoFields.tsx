import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons';
import type { WhoDraft } from './route';
import { useEnds, type End } from './useEnds';

interface WhoFieldsProps {
  /** How the step is called that this belongs to. */
  step: string;
  value: WhoDraft;
  tried: boolean;
  onChange: (next: WhoDraft) => void;
  onDrop?: () => void;
}

/** A role, a person or another system, and the ways to them. */
export function WhoFields({ step, value, tried, onChange, onDrop }: WhoFieldsProps) {
  const { t } = useTranslation('routing');
  const { ends, labelOf } = useEnds();
  const system = value.who.startsWith('webhook:');
  // Somebody who left, or whom the reader may not see, stays until they are taken away.
  const chosen: End | null = value.who ? (ends.find((each) => each.who === value.who) ?? { who: value.who, label: labelOf(value.who) }) : null;
  const options = chosen && !ends.includes(chosen) ? [...ends, chosen] : ends;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) auto', columnGap: 0.5, rowGap: 0.5, alignItems: 'start' }}>
      <Autocomplete
        options={options}
        value={chosen}
        getOptionKey={(end) => end.who}
        isOptionEqualToValue={(a, b) => a.who === b.who}
        onChange={(_, next) => onChange({ ...value, who: next?.who ?? '' })}
        renderInput={(params) => <TextField {...params} required label={t('who')} error={tried && !value.who} helperText={value.who.startsWith('role:') ? t('roleMeans') : undefined} />}
      />
      {onDrop ? (
        <IconButton aria-label={t('dropWho', { who: chosen?.label ?? t('nobody'), step })} onClick={onDrop} sx={{ mt: 0.75 }}>
          <Icon name="close" />
        </IconButton>
      ) : (
        <span />
      )}
      {!system && (
        <Box sx={{ gridColumn: '1 / -1', display: 'flex', flexWrap: 'wrap' }}>
          <FormControlLabel control={<Checkbox checked={value.inApp} onChange={(_, on) => onChange({ ...value, inApp: on })} />} label={t('inApp')} />
          <FormControlLabel control={<Checkbox checked={value.mail} onChange={(_, on) => onChange({ ...value, mail: on })} />} label={t('mail')} />
        </Box>
      )}
    </Box>
  );
}
