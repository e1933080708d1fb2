import Box from '@mui/material/Box';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useProductGroups, useStores } from '../../api';
import { Icon } from '../../ui/icons';
import { useChange } from '../../ui/useChange';
import { useTyped } from '../../ui/useTyped';
import { LISTINGS, type Listing, type ProductFilter } from './filter';

interface ProductFilterBarProps {
  filter: ProductFilter;
  onChange: (next: ProductFilter) => void;
}

const field = { flex: '1 1 160px', maxWidth: { sm: 240 }, '& .MuiInputBase-root': { minHeight: 44 } };
const choice = { select: { displayEmpty: true }, inputLabel: { shrink: true } };

export function ProductFilterBar({ filter, onChange }: ProductFilterBarProps) {
  const { t } = useTranslation('products');
  const groups = useProductGroups();
  const stores = useStores();
  const set = useChange(filter, onChange);
  const [search, type] = useTyped(filter.search, (text) => set({ search: text }));
  const known = groups.data?.groups ?? [];
  const shops = stores.data?.stores ?? [];
  return (
    <Box role="search" aria-label={t('filter')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 1, pb: 2 }}>
      <TextField
        size="small"
        type="search"
        label={t('search')}
        value={search}
        onChange={(event) => type(event.target.value)}
        slotProps={{
          input: {
            startAdornment: (
              <InputAdornment position="start">
                <Icon name="search" />
              </InputAdornment>
            ),
          },
        }}
        sx={{ ...field, flex: '2 1 240px', maxWidth: { sm: 380 } }}
      />
      <TextField
        select
        size="small"
        label={t('group')}
        // Until the groups have come, what the address says cannot be among them.
        value={known.some((each) => each.path === filter.group) ? filter.group : ''}
        onChange={(event) => set({ group: event.target.value })}
        slotProps={choice}
        sx={field}
      >
        <MenuItem value="">{t('anyGroup')}</MenuItem>
        {known.map((each) => (
          <MenuItem key={each.id} value={each.path} sx={{ paddingInlineStart: 2 + 2 * (each.path.split('/').length - 1) }}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" label={t('listed')} value={filter.listing} onChange={(event) => set({ listing: event.target.value as Listing })} sx={field}>
        {LISTINGS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`listing.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        size="small"
        label={t('store')}
        value={shops.some((each) => each.id === filter.store) ? filter.store : ''}
        onChange={(event) => set({ store: event.target.value })}
        slotProps={choice}
        sx={field}
      >
        <MenuItem value="">{t('everywhere')}</MenuItem>
        {shops.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  );
}
