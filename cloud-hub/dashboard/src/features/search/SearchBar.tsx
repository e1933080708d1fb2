import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useStores } from '../../api';
import { useChange } from '../../ui/useChange';
import { useTyped } from '../../ui/useTyped';
import { KINDS, type Key, type Search } from './search';

interface SearchBarProps {
  search: Search;
  /** Why a field cannot be asked for. */
  faults: Partial<Record<Key, string>>;
  zone: string;
  /** Fields that are settled elsewhere. */
  without?: readonly Key[];
  onChange: (search: Search) => void;
}

const field = { '& .MuiInputBase-root': { minHeight: 44 } };
const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };
const TEXTS = ['number', 'till', 'cashier', 'product', 'min', 'max'] as const;

/** By ticket, till, cashier, product, kind, amount and time. */
export function SearchBar({ search, faults, zone, without = [], onChange }: SearchBarProps) {
  const { t } = useTranslation('search');
  const stores = useStores().data?.stores ?? [];
  const change = useChange(search, onChange);
  const set = (key: Key, value: string) => change({ [key]: value });
  return (
    <Box
      role="search"
      aria-label={t('filter')}
      sx={{ display: 'grid', gap: 1.5, alignItems: 'start', gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 190px), 1fr))', paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}
    >
      {!without.includes('store') && (
        <TextField select size="small" label={t('field.store')} value={stores.some((each) => each.id === search.store) ? search.store : ''} onChange={(event) => set('store', event.target.value)} slotProps={choice} sx={field}>
          <MenuItem value="">{t('anyStore')}</MenuItem>
          {stores.map((each) => (
            <MenuItem key={each.id} value={each.id}>
              {each.name}
            </MenuItem>
          ))}
        </TextField>
      )}
      <TextField select size="small" label={t('field.kind')} value={KINDS.find((each) => each === search.kind) ?? ''} onChange={(event) => set('kind', event.target.value)} slotProps={choice} sx={field}>
        <MenuItem value="">{t('anyKind')}</MenuItem>
        {KINDS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`kind.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {TEXTS.filter((key) => !without.includes(key)).map((key) => (
        <Typed key={key} label={t(`field.${key}`)} value={search[key]} fault={faults[key]} help={key === 'product' ? t('productHelp') : undefined} decimal={key === 'min' || key === 'max'} onChange={(value) => set(key, value)} />
      ))}
      {(['from', 'to'] as const).map((key) => (
        <TextField
          key={key}
          size="small"
          type="datetime-local"
          label={t(`field.${key}`)}
          value={search[key]}
          error={faults[key] !== undefined}
          helperText={faults[key] ?? (key === 'from' ? t('zone', { zone }) : undefined)}
          onChange={(event) => set(key, event.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
          sx={field}
        />
      ))}
    </Box>
  );
}

function Typed({ label, value, fault, help, decimal, onChange }: { label: string; value: string; fault?: string; help?: string; decimal: boolean; onChange: (value: string) => void }) {
  const [text, type] = useTyped(value, (typed) => onChange(typed.trim()), 300);
  return (
    <TextField
      size="small"
      label={label}
      value={text}
      error={fault !== undefined}
      helperText={fault ?? help}
      onChange={(event) => type(event.target.value)}
      slotProps={{ htmlInput: { autoComplete: 'off', maxLength: 100, inputMode: decimal ? 'text' : undefined } }}
      sx={field}
    />
  );
}
