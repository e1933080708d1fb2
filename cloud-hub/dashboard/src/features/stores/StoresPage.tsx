import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useStores } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { useChange } from '../../ui/useChange';
import { useTyped } from '../../ui/useTyped';
import { POLL_MS } from '../poll';
import { SavedViews } from '../views/SavedViews';
import { AddStore } from './AddStore';
import { readState, select, STATUSES, writeState, type ListState, type SortKey } from './storeList';
import { StoreTable } from './StoreTable';

/** Which store is off, and is it the store or the link? */
export default function StoresPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [params, setParams] = useSearchParams();
  const state = readState(params);
  const query = useStores(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const change = useChange(state, (next: ListState) => setParams(writeState(next), { replace: true }));
  const [search, type] = useTyped(state.search, (text) => change({ search: text }));
  const sortBy = (key: SortKey) => change(({ sort }) => ({ sort: { key, direction: sort.key === key && sort.direction === 'asc' ? 'desc' : 'asc' } }));

  return (
    <>
      <PageHeader title={t('stores.title')} aside={query.data && query.data.stores.length > 0 && <AddStore />} />
      <Section
        title={t('stores.listTitle')}
        asOf={query.data?.as_of}
        flush
        actions={<SavedViews page="stores" />}
      >
        <Box
          role="search"
          sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 0.75, pb: 2 }}
        >
          <TextField
            size="small"
            type="search"
            label={t('stores.search')}
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
            sx={{ flex: '1 1 220px', maxWidth: { sm: 340 }, '& .MuiInputBase-root': { minHeight: 44 } }}
          />
          <TextField
            select
            size="small"
            label={t('stores.status')}
            value={state.status ?? ''}
            onChange={(event) => change({ status: STATUSES.find((known) => known === event.target.value) ?? null })}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            sx={{ flex: '1 1 140px', maxWidth: { sm: 200 }, '& .MuiInputBase-root': { minHeight: 44 } }}
          >
            <MenuItem value="">{t('stores.anyStatus')}</MenuItem>
            {STATUSES.map((status) => (
              <MenuItem key={status} value={status}>
                {t(`status.${status}`)}
              </MenuItem>
            ))}
          </TextField>
        </Box>
        <QueryView
          query={query}
          skeleton={<RowsSkeleton rows={6} height={52} />}
          empty={(data) =>
            data.stores.length === 0 ? (
              <Notice state="empty" icon="stores" title={t('stores.empty.title')} text={t('stores.empty.text')} action={<AddStore />} />
            ) : null
          }
        >
          {(data) => {
            const shown = select([...data.stores], state, format.locale);
            if (shown.length === 0) {
              return (
                <Notice
                  state="no-match"
                  role="status"
                  icon="search"
                  title={t('stores.noMatch.title')}
                  text={t('stores.noMatch.text', { count: data.stores.length })}
                  action={
                    <Button variant="outlined" onClick={() => change({ search: '', status: null })}>
                      {t('stores.noMatch.clear')}
                    </Button>
                  }
                />
              );
            }
            return <StoreTable stores={shown} caption={t('stores.title')} sort={state.sort} onSort={sortBy} />;
          }}
        </QueryView>
      </Section>
    </>
  );
}
