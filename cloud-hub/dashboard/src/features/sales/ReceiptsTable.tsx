import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useReceipts, type Store } from '../../api';
import { Section } from '../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { SavedViews } from '../views/SavedViews';
import { ReceiptDrawer } from './ReceiptDrawer';
import { ReceiptList } from './ReceiptList';

const PAGE = 25;

interface Filter {
  terminal?: string;
  businessDay?: string;
}

/** Every receipt, newest first; the filter lives in the URL. */
export function ReceiptsTable({ store }: { store: Store }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<string | null>(null);
  const filter: Filter = { terminal: params.get('till') ?? undefined, businessDay: params.get('day') ?? undefined };
  const set = (key: string, value: string) =>
    setParams(
      (before) => {
        if (value) before.set(key, value);
        else before.delete(key);
        return before;
      },
      { replace: true },
    );
  const query = useReceipts({ id: store.id, limit: PAGE, ...filter });
  const filtered = Boolean(filter.terminal ?? filter.businessDay);
  return (
    <Section title={t('receipts.title')} asOf={query.data?.as_of} zone={store.timezone} flush actions={<SavedViews page="sales" />}>
      <Box role="search" sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, paddingInline: { xs: 2, sm: 2.5 }, pt: 0.75, pb: 1.5 }}>
        <TextField
          size="small"
          type="date"
          label={t('receipt.day')}
          value={filter.businessDay ?? ''}
          onChange={(event) => set('day', event.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
          sx={{ flex: '1 1 150px', maxWidth: { sm: 190 }, '& .MuiInputBase-root': { minHeight: 44 } }}
        />
        <TextField
          size="small"
          label={t('receipt.till')}
          value={filter.terminal ?? ''}
          onChange={(event) => set('till', event.target.value.trim())}
          sx={{ flex: '1 1 120px', maxWidth: { sm: 180 }, '& .MuiInputBase-root': { minHeight: 44 } }}
        />
      </Box>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={8} height={44} />}
        empty={(data) =>
          data.receipts.length > 0 ? null : filtered ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('receipts.noMatch.title')}
              text={t('receipts.noMatch.text')}
              action={
                <Button variant="outlined" onClick={() => setParams(params.get('range') ? { range: params.get('range') as string } : {}, { replace: true })}>
                  {t('stores.noMatch.clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="inbox" title={t('tickets.empty.title')} text={t('tickets.empty.text')} />
          )
        }
      >
        {(data) => (
          <>
            <ReceiptList receipts={data.receipts} zone={store.timezone} caption={t('receipts.title')} onOpen={setOpen} withDay />
            <More store={store} filter={filter} cursor={data.next_cursor} onOpen={setOpen} />
          </>
        )}
      </QueryView>
      <ReceiptDrawer receiptId={open} zone={store.timezone} onClose={() => setOpen(null)} />
    </Section>
  );
}

interface MoreProps {
  store: Store;
  filter: Filter;
  cursor: string | null | undefined;
  onOpen: (id: string) => void;
}

/** The next page, once asked for. It hangs on the page above, so a refreshed head moves the rest along. */
function More({ store, filter, cursor, onOpen }: MoreProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useReceipts(
    { id: store.id, limit: PAGE, cursor: cursor ?? undefined, ...filter },
    { skip: !wanted || !cursor },
  );
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <ReceiptList receipts={data.receipts} zone={store.timezone} caption={t('receipts.older')} onOpen={onOpen} headless withDay />
        <More store={store} filter={filter} cursor={data.next_cursor} onOpen={onOpen} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('receipts.more')}
      </Button>
    </Box>
  );
}
