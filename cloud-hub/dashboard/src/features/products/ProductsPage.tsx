import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useProducts } from '../../api';
import { Needs } from '../../app/Needs';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { SavedViews } from '../views/SavedViews';
import { askFor, readFilter, writeFilter, type ProductFilter } from './filter';
import { ProductDialog } from './ProductDialog';
import { ProductFilterBar } from './ProductFilterBar';
import { ProductTable } from './ProductTable';

const NewProductDialog = lazyPage('products', () => import('./NewProductDialog'));
const PAGE = 50;
const NONE: ProductFilter = { search: '', group: '', listing: 'listed', store: '' };

/** What is sold, under which numbers, at which price. */
export default function ProductsPage() {
  const { t } = useTranslation('products');
  return (
    <Needs anyOf={['catalog.read']} title={t('title')}>
      <PageHeader title={t('title')} />
      <Catalog />
    </Needs>
  );
}

function Catalog() {
  const { t } = useTranslation('products');
  const format = useFormat();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<string | null>(null);
  const filter = readFilter(params);
  const asked = askFor(filter);
  const query = useProducts({ ...asked, limit: PAGE });
  const change = (next: ProductFilter) => setParams(writeFilter(next), { replace: true });
  const filtered = Boolean(asked.search ?? asked.group ?? asked.retired);
  const add = may('catalog.write') && (
    <Button variant="contained" startIcon={<Icon name="add" />} aria-haspopup="dialog" onClick={() => setAdding(true)}>
      {t('add')}
    </Button>
  );
  const total = query.currentData?.total;
  return (
    <Section
      title={t('list')}
      asOf={query.currentData?.as_of}
      flush
      hint={total !== undefined && <StatusChip tone="quiet">{t('total', { count: total, shown: format.number(total) })}</StatusChip>}
      actions={
        <>
          <SavedViews page="products" />
          {add}
        </>
      }
    >
      <ProductFilterBar filter={filter} onChange={change} />
      <QueryView
        // Rows of another filter are not left standing under this one's name.
        query={{ ...query, data: query.currentData }}
        skeleton={<RowsSkeleton rows={8} height={56} />}
        empty={(data) =>
          data.products.length > 0 ? null : filtered ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('noMatch.title')}
              text={t('noMatch.text')}
              action={
                <Button variant="outlined" onClick={() => change(NONE)}>
                  {t('clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="tag" title={t('empty.title')} text={t('empty.text')} />
          )
        }
      >
        {(data) => (
          <>
            <ProductTable products={data.products} caption={t('list')} onOpen={setOpen} />
            <More key={JSON.stringify(asked)} asked={asked} cursor={data.page_info.next_cursor} onOpen={setOpen} />
          </>
        )}
      </QueryView>
      {adding && (
        <Suspense fallback={null}>
          <NewProductDialog
            onClose={() => setAdding(false)}
            onMade={(id) => {
              setAdding(false);
              setOpen(id);
            }}
          />
        </Suspense>
      )}
      {open && <ProductDialog id={open} onClose={() => setOpen(null)} />}
    </Section>
  );
}

interface MoreProps {
  asked: ReturnType<typeof askFor>;
  cursor: string | null | undefined;
  onOpen: (id: string) => void;
}

/** The next page, once asked for; it hangs on the page above. */
function More({ asked, cursor, onOpen }: MoreProps) {
  const { t } = useTranslation('products');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useProducts({ ...asked, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <ProductTable products={data.products} caption={t('moreCaption')} onOpen={onOpen} headless />
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
