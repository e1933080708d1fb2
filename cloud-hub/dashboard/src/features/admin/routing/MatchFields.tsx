import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../../app/SessionGate';
import type { Draft } from './route';
import { useEnds } from './useEnds';

interface MatchFieldsProps {
  value: Draft;
  onChange: (part: Partial<Draft>) => void;
  /** No store is named by somebody who must name some. */
  lacks: boolean;
}

const SEVERITIES = ['', 'warning', 'critical'] as const;

/** Which alerts a route takes; what is left open asks for nothing. */
export function MatchFields({ value, onChange, lacks }: MatchFieldsProps) {
  const { t } = useTranslation('routing');
  const { user } = useSession();
  const ends = useEnds();
  return (
    <Box role="group" aria-label={t('of')} sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, alignItems: 'start' }}>
      <TextField
        select
        label={t('severity')}
        value={value.severity}
        onChange={(event) => onChange({ severity: event.target.value as Draft['severity'] })}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {SEVERITIES.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`severities.${each || 'any'}`)}
          </MenuItem>
        ))}
      </TextField>
      <Several
        label={t('stores')}
        none={t(user.all_stores ? 'everyStore' : 'someStore')}
        error={lacks ? t('storesMissing') : undefined}
        options={ends.stores}
        nameOf={ends.store}
        value={value.stores}
        onChange={(stores) => onChange({ stores })}
      />
      <Several label={t('rules')} none={t('everyRule')} options={ends.rules} nameOf={ends.rule} value={value.rules} onChange={(rules) => onChange({ rules })} />
      <TextField label={t('tags')} value={value.tags} onChange={(event) => onChange({ tags: event.target.value })} helperText={t('tagsHelp')} />
    </Box>
  );
}

interface SeveralProps {
  label: string;
  /** What it means that none is chosen. */
  none: string;
  error?: string;
  options: { id: string; name: string }[];
  nameOf: (id: string) => string;
  value: string[];
  onChange: (ids: string[]) => void;
}

/** Some of many, none meaning all. What was chosen and is not there any more can still be taken away. */
function Several({ label, none, error, options, nameOf, value, onChange }: SeveralProps) {
  const gone = value.filter((id) => !options.some((each) => each.id === id)).map((id) => ({ id, name: nameOf(id) }));
  return (
    <TextField
      select
      label={label}
      error={error !== undefined}
      helperText={error}
      value={value}
      onChange={(event) => onChange(event.target.value as unknown as string[])}
      slotProps={{
        inputLabel: { shrink: true },
        select: {
          multiple: true,
          displayEmpty: true,
          renderValue: (ids) => {
            const some = ids as string[];
            return some.length === 0 ? none : some.map(nameOf).join(', ');
          },
        },
      }}
    >
      {[...options, ...gone].map((each) => (
        <MenuItem key={each.id} value={each.id}>
          <Checkbox checked={value.includes(each.id)} tabIndex={-1} slotProps={{ input: { 'aria-hidden': true, tabIndex: -1 } }} />
          <ListItemText primary={each.name} />
        </MenuItem>
      ))}
    </TextField>
  );
}
