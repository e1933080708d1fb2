import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePeople, useStockEvents, useStores, type StockEvent } from '../../api';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable } from '../../ui/SimpleTable';
import { ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { calledAs } from '../admin/people/person';
import { Quiet } from './Quiet';

const PAGE = 10;

/** What happened to the stock of a product, newest first. */
export function StockEvents({ product }: { product: string }) {
  const { t } = useTranslation('products');
  const query = useStockEvents({ productId: product, limit: PAGE });
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={3} />} empty={(data) => (data.events.length > 0 ? null : <Quiet text={t('stock.noEvents')} />)}>
      {(data) => (
        <>
          <Table events={data.events} />
          <More product={product} cursor={data.next_cursor} />
        </>
      )}
    </QueryView>
  );
}

/** The next page, once asked for; it hangs on the page above. */
function More({ product, cursor }: { product: string; cursor: string | null }) {
  const { t } = useTranslation('products');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useStockEvents({ productId: product, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <Table events={data.events} headless />
        <More product={product} cursor={data.next_cursor} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('stock.older')}
      </Button>
    </Box>
  );
}

function Table({ events, headless }: { events: StockEvent[]; headless?: boolean }) {
  const { t } = useTranslation('products');
  const format = useFormat();
  const may = useMay();
  const stores = useStores();
  const people = usePeople(undefined, { skip: !may('users.read') });
  const store = (id: string) => stores.data?.stores.find((each) => each.id === id);
  const who = (id: string) => {
    const person = people.data?.users.find((each) => each.id === id);
    return person ? calledAs(person) : null;
  };
  const signed = (text: string) => (text.startsWith('-') || Number(text) === 0 ? format.number(text, 6) : `+${format.number(text, 6)}`);
  const quiet = (text: string) => (
    <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
      {text}
    </Typography>
  );
  return (
    <SimpleTable
      caption={t('stock.events')}
      headless={headless}
      rows={events}
      rowKey={(event) => event.id}
      columns={[
        { key: 'when', label: t('stock.when'), width: '26%', cell: (event) => format.time(event.occurred_at, 'dayTime', store(event.store_id)?.timezone) },
        {
          key: 'what',
          label: t('stock.what'),
          width: '24%',
          cell: (event) => (
            <>
              {t(`stock.kind.${event.kind}`)}
              {quiet([store(event.store_id)?.name ?? event.store_id, event.other_store_id && store(event.other_store_id)?.name].filter(Boolean).join(' → '))}
            </>
          ),
        },
        { key: 'change', label: t('stock.change'), width: '14%', number: true, cell: (event) => signed(event.change) },
        {
          key: 'why',
          label: t('stock.why'),
          width: '36%',
          cell: (event) => (
            <>
              {event.reason ?? (event.kind === 'count' ? t('stock.counted', { quantity: format.number(event.quantity, 6) }) : t('stock.noReason'))}
              {quiet([event.reference, who(event.actor_id)].filter(Boolean).join(' · '))}
            </>
          ),
        },
      ]}
    />
  );
}
