import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormHelperText from '@mui/material/FormHelperText';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { Draft } from './route';
import { useEnds } from './useEnds';

interface QuietFieldsProps {
  value: Draft;
  onChange: (part: Partial<Draft>) => void;
  lacks: boolean;
}

/** When nobody wants to be told; the zone is each store's own. */
export function QuietFields({ value, onChange, lacks }: QuietFieldsProps) {
  const { t } = useTranslation('routing');
  const { stores } = useEnds();
  const meant = value.stores.length > 0 ? stores.filter((each) => value.stores.includes(each.id)) : stores;
  const zones = [...new Set(meant.map((each) => each.timezone))].join(', ');
  const time = (part: 'from' | 'to') => (
    <TextField
      required
      type="time"
      label={t(part === 'from' ? 'quietFrom' : 'quietTo')}
      value={value[part]}
      error={lacks}
      onChange={(event) => onChange({ [part]: event.target.value })}
      slotProps={{ inputLabel: { shrink: true } }}
    />
  );
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      <FormControlLabel control={<Checkbox checked={value.quiet} onChange={(_, on) => onChange({ quiet: on })} />} label={t('quiet')} />
      {value.quiet && (
        <Box role="group" aria-label={t('quiet')} sx={{ display: 'grid', gap: 1.5 }}>
          <Typography variant="caption" color="textSecondary">
            {[t('quietHelp'), zones && t('quietZone', { zones })].filter(Boolean).join(' ')}
          </Typography>
          <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}>
            {time('from')}
            {time('to')}
          </Box>
          {lacks && <FormHelperText error>{t('quietWrong')}</FormHelperText>}
          <FormControlLabel control={<Checkbox checked={value.passes} onChange={(_, on) => onChange({ passes: on })} />} label={t('passes')} />
        </Box>
      )}
    </Box>
  );
}
