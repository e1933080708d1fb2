import Box from '@mui/material/Box';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useRules, type AlertCounts } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { useChange } from '../../ui/useChange';
import { useTyped } from '../../ui/useTyped';
import { GROUPS, SEVERITIES, SHOWN, type AlertFilter, type Group, type Shown } from './alert';
import { useNames } from './useNames';

interface AlertFilterBarProps {
  filter: AlertFilter;
  counts?: AlertCounts;
  onChange: (next: AlertFilter) => void;
}

const field = { flex: '1 1 140px', maxWidth: { sm: 210 }, '& .MuiInputBase-root': { minHeight: 44 } };
const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };

export function AlertFilterBar({ filter, counts, onChange }: AlertFilterBarProps) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const { stores, people, me } = useNames();
  const set = useChange(filter, onChange);
  const [text, type] = useTyped(filter.text, (next) => set({ text: next }));
  const named = (each: Shown) => {
    const count = counts && each !== 'todo' && each !== 'all' ? counts[each] : undefined;
    return count === undefined ? t(`shown.${each}`) : t('shownCount', { name: t(`shown.${each}`), count, number: format.number(count) });
  };
  const rules = useRules().data?.rules ?? [];
  const others = people.filter((each) => each.id !== me);
  const who = filter.who === 'me' || filter.who === 'none' || others.some((each) => each.id === filter.who) ? filter.who : '';
  return (
    <Box role="search" aria-label={t('filter')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}>
      <TextField
        size="small"
        type="search"
        label={t('search')}
        value={text}
        onChange={(event) => type(event.target.value)}
        slotProps={{
          htmlInput: { maxLength: 200 },
          input: {
            startAdornment: (
              <InputAdornment position="start">
                <Icon name="search" />
              </InputAdornment>
            ),
          },
        }}
        sx={{ ...field, flex: '2 1 220px', maxWidth: { sm: 340 } }}
      />
      <TextField select size="small" label={t('state')} value={filter.shown} onChange={(event) => set({ shown: event.target.value as Shown })} sx={field}>
        {SHOWN.map((each) => (
          <MenuItem key={each} value={each}>
            {named(each)}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" label={t('severity')} value={filter.severity} onChange={(event) => set({ severity: event.target.value as AlertFilter['severity'] })} slotProps={choice} sx={field}>
        <MenuItem value="">{t('anySeverity')}</MenuItem>
        {SEVERITIES.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`severities.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        size="small"
        label={t('store')}
        // Until the stores have come, what the address says cannot be among them.
        value={stores.some((each) => each.id === filter.store) ? filter.store : ''}
        onChange={(event) => set({ store: event.target.value })}
        slotProps={choice}
        sx={field}
      >
        <MenuItem value="">{t('anyStore')}</MenuItem>
        {stores.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" label={t('rule')} value={rules.some((each) => each.id === filter.rule) ? filter.rule : ''} onChange={(event) => set({ rule: event.target.value })} slotProps={choice} sx={field}>
        <MenuItem value="">{t('anyRule')}</MenuItem>
        {rules.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" label={t('who')} value={who} onChange={(event) => set({ who: event.target.value })} slotProps={choice} sx={field}>
        <MenuItem value="">{t('anybody')}</MenuItem>
        <MenuItem value="me">{t('me')}</MenuItem>
        <MenuItem value="none">{t('nobody')}</MenuItem>
        {others.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name || each.email}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" label={t('group')} value={filter.group} onChange={(event) => set({ group: event.target.value as Group })} sx={field}>
        {GROUPS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`groups.${each}`)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  );
}
