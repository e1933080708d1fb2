import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../../ui/useChange';
import { useTyped } from '../../../ui/useTyped';
import { AREAS, type AuditFilter } from './filter';
import { useActors } from './useActors';

interface AuditFilterBarProps {
  filter: AuditFilter;
  onChange: (next: AuditFilter) => void;
}

const field = { flex: '1 1 150px', maxWidth: { sm: 220 }, '& .MuiInputBase-root': { minHeight: 44 } };

export function AuditFilterBar({ filter, onChange }: AuditFilterBarProps) {
  const { t } = useTranslation('admin');
  const { known } = useActors();
  const set = useChange(filter, onChange);
  const [object, type] = useTyped(filter.object, (text) => set({ object: text.trim() }));
  const day = (key: 'from' | 'to') => (
    <TextField
      size="small"
      type="date"
      label={t(`audit.${key}`)}
      value={filter[key]}
      onChange={(event) => set({ [key]: event.target.value })}
      slotProps={{ inputLabel: { shrink: true } }}
      sx={field}
    />
  );
  const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };
  return (
    <Box role="search" aria-label={t('audit.filter')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}>
      <TextField select size="small" label={t('audit.area')} value={filter.area} onChange={(event) => set({ area: event.target.value })} slotProps={choice} sx={field}>
        <MenuItem value="">{t('audit.anyArea')}</MenuItem>
        {AREAS.map((area) => (
          <MenuItem key={area} value={area}>
            {t(`audit.areas.${area}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        size="small"
        label={t('audit.who')}
        // Until the names have come, what the address says cannot be among them.
        value={known.some((each) => each.id === filter.who) ? filter.who : ''}
        onChange={(event) => set({ who: event.target.value })}
        slotProps={choice}
        sx={field}
      >
        <MenuItem value="">{t('audit.anyone')}</MenuItem>
        {known.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      {day('from')}
      {day('to')}
      <TextField size="small" label={t('audit.object')} value={object} onChange={(event) => type(event.target.value)} sx={field} />
      {Object.values(filter).some(Boolean) && (
        <Button onClick={() => onChange({ area: '', who: '', from: '', to: '', object: '' })}>{t('audit.clear')}</Button>
      )}
    </Box>
  );
}
