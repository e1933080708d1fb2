import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useStores, useTransactions, type Transaction } from '../../api';
import { Needs } from '../../app/Needs';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { ReceiptDrawer } from '../sales/ReceiptDrawer';
import { SavedViews } from '../views/SavedViews';
import { Lines } from './Lines';
import { isEmpty, readSearch, writeSearch, type Search } from './search';
import { SearchBar } from './SearchBar';
import { useSearched } from './useSearched';

const ExportDialog = lazyPage(['search', 'work'], () => import('./ExportDialog'));
const PAGE = 50;
type Asked = ReturnType<typeof useSearched>['asked'];

/** What was sold, line by line, across the stores: for who follows a loss. */
export default function SalesSearchPage() {
  const { t } = useTranslation('search');
  return (
    <Needs anyOf={['sales.read']} title={t('title')}>
      <PageHeader title={t('title')} />
      <Found />
    </Needs>
  );
}

function Found() {
  const { t } = useTranslation('search');
  const format = useFormat();
  const may = useMay();
  const stores = useStores().data?.stores ?? [];
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<Transaction | null>(null);
  const [exporting, setExporting] = useState(false);
  const search = readSearch(params);
  const { zone, product, faults, skip, asked } = useSearched(search);
  const query = useTransactions({ ...asked, limit: PAGE }, { skip });
  const data = skip ? undefined : query.currentData;
  const change = (next: Search) => setParams(writeSearch(next), { replace: true });
  return (
    <Section
      title={t('list')}
      asOf={data?.as_of}
      flush
      actions={
        <>
          <SavedViews page="search" />
          {may('exports.create') && (
            <Button size="small" startIcon={<Icon name="download" />} aria-haspopup="dialog" disabled={skip} onClick={() => setExporting(true)}>
              {t('export.open')}
            </Button>
          )}
        </>
      }
    >
      <SearchBar search={search} faults={faults} zone={zone.name} onChange={change} />
      {data && (
        <Typography variant="body2" color="textSecondary" role="status" sx={{ paddingInline: { xs: 2, sm: 2.5 }, pb: 1 }}>
          {t('searched', { from: format.time(data.from, 'minute', zone.id), to: format.time(data.to, 'minute', zone.id) })}
          {product && ` ${t('ofProduct', { name: product.name || product.sku })}`}
        </Typography>
      )}
      {skip && Object.keys(faults).length > 0 ? (
        <Notice state="no-match" role="status" icon="search" title={t('faulty.title')} text={t('faulty.text')} />
      ) : (
        <QueryView
          query={{ ...query, data }}
          skeleton={<RowsSkeleton rows={8} height={52} />}
          empty={(answer) =>
            answer.transactions.length > 0 ? null : (
              <Notice
                state={isEmpty(search) ? 'empty' : 'no-match'}
                role="status"
                icon="search"
                title={t(isEmpty(search) ? 'empty.title' : 'noMatch.title')}
                text={t(isEmpty(search) ? 'empty.text' : 'noMatch.text')}
                action={
                  !isEmpty(search) && (
                    <Button variant="outlined" onClick={() => setParams({}, { replace: true })}>
                      {t('clear')}
                    </Button>
                  )
                }
              />
            )
          }
        >
          {(answer) => (
            <>
              <Lines lines={answer.transactions} caption={t('list')} onOpen={setOpen} />
              {/* Its end is that of the first page: what is rung meanwhile moves nothing. */}
              <More key={JSON.stringify(asked)} asked={{ ...asked, from: answer.from, to: answer.to }} cursor={answer.page_info.next_cursor} onOpen={setOpen} />
            </>
          )}
        </QueryView>
      )}
      <ReceiptDrawer receiptId={open?.receipt_id ?? null} zone={stores.find((each) => each.id === open?.store_id)?.timezone ?? 'UTC'} onClose={() => setOpen(null)} />
      {exporting && (
        <Suspense fallback={null}>
          <ExportDialog search={search} productId={asked.productId} onClose={() => setExporting(false)} />
        </Suspense>
      )}
    </Section>
  );
}

/** The next page, once asked for; it hangs on the page above. */
function More({ asked, cursor, onOpen }: { asked: Asked; cursor: string | null | undefined; onOpen: (line: Transaction) => void }) {
  const { t } = useTranslation('search');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useTransactions({ ...asked, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <Lines lines={data.transactions} caption={t('older')} onOpen={onOpen} headless />
        <More asked={asked} cursor={data.page_info.next_cursor} onOpen={onOpen} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('more')}
      </Button>
    </Box>
  );
}
