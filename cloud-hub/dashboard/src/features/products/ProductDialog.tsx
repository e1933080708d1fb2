import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useInventory, usePrices, useProduct, useStores, type Price, type Product, type Stock } from '../../api';
import { useMay } from '../../app/SessionGate';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { Disclosure } from '../../ui/Disclosure';
import { FormDialog } from '../../ui/FormDialog';
import { SimpleTable } from '../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { Fact } from '../stores/StoreTable';
import { digitsOf, standing } from './price';

const TONE: Record<ReturnType<typeof standing>, Tone> = { holds: 'good', coming: 'info', over: 'quiet' };

/** One product: its numbers, its prices past and to come, and what lies where. */
export function ProductDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const may = useMay();
  const query = useProduct({ id });
  const title = query.data ? query.data.name || query.data.sku : t('open');
  return (
    <FormDialog title={title} onClose={onClose} maxWidth="md">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} />}>
        {(product) => <Facts product={product} />}
      </QueryView>
      <Part title={t('details.prices')}>
        <Prices product={id} />
      </Part>
      {may('stock.read') && (
        <Part title={t('details.stock')}>
          <StockByStore product={id} />
        </Part>
      )}
    </FormDialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box>
      <Typography variant="h3" component="h3" sx={{ mb: 0.5 }}>
        {title}
      </Typography>
      <Box sx={{ mx: { xs: -2, sm: -2.5 } }}>{children}</Box>
    </Box>
  );
}

function Facts({ product }: { product: Product }) {
  const { t } = useTranslation(['products', 'translation']);
  const format = useFormat();
  const none = t('translation:noValue');
  const codes = product.barcodes.map((code) => t('details.pack', { gtin: code.gtin, count: code.pack ?? 1 }));
  const attributes = Object.entries(product.attributes);
  return (
    <>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(3, minmax(0, 1fr))' }, gap: 1.5, m: 0 }}>
        <Fact label={t('details.sku')} value={product.sku} strong />
        <Fact label={t('details.category')} value={product.category ?? none} />
        <Fact label={t('details.place')} value={product.hierarchy.join(' › ') || none} />
        <Fact label={t('details.barcodes')} value={codes.join(', ') || none} />
        <Fact label={t('details.since')} value={format.time(product.created_at, 'date')} />
        <Fact label={t('details.changed')} value={product.updated_at ? format.time(product.updated_at, 'date') : none} />
      </Box>
      {attributes.length > 0 && (
        <Disclosure strong summary={t('details.attributes')}>
          <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1, m: 0 }}>
            {attributes.map(([name, value]) => (
              <Fact key={name} label={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
            ))}
          </Box>
        </Disclosure>
      )}
    </>
  );
}

function Prices({ product }: { product: string }) {
  const { t } = useTranslation('products');
  const format = useFormat();
  const now = useNow(60_000);
  const stores = useStores();
  const query = usePrices({ productId: product });
  const where = (price: Price) => (price.store_id ? (stores.data?.stores.find((store) => store.id === price.store_id)?.name ?? price.store_id) : t('everywhere'));
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={2} />} empty={(data) => (data.prices.length > 0 ? null : <Quiet text={t('details.noPrices')} />)}>
      {(data) => (
        <SimpleTable
          caption={t('details.prices')}
          rows={data.prices}
          rowKey={(price) => price.id}
          columns={[
            {
              key: 'price',
              label: t('details.price'),
              cell: (price) => (
                <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 1, fontWeight: 650 }}>
                  {format.money({ amount: price.price, currency: price.currency }, digitsOf(price.price))}
                  <StatusChip tone={TONE[standing(price, now)]}>{t(`details.${standing(price, now)}`)}</StatusChip>
                </Box>
              ),
            },
            { key: 'where', label: t('details.where'), cell: where },
            { key: 'from', label: t('details.from'), cell: (price) => format.time(price.valid_from, 'date') },
            { key: 'to', label: t('details.to'), cell: (price) => (price.valid_to ? format.time(price.valid_to, 'date') : t('details.open')) },
          ]}
        />
      )}
    </QueryView>
  );
}

function StockByStore({ product }: { product: string }) {
  const { t } = useTranslation(['products', 'translation']);
  const format = useFormat();
  const stores = useStores();
  const query = useInventory({ productId: product, limit: 500 });
  const none = t('translation:noValue');
  const amount = (text: string | null) => (text === null ? none : format.number(text, 3));
  const low = (row: Stock) => row.reorder_point !== null && Number(row.current_stock) <= Number(row.reorder_point);
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={2} />} empty={(data) => (data.inventory.length > 0 ? null : <Quiet text={t('details.noStock')} />)}>
      {(data) => (
        <SimpleTable
          caption={t('details.stock')}
          rows={data.inventory}
          rowKey={(row) => row.id}
          columns={[
            { key: 'store', label: t('details.store'), cell: (row) => stores.data?.stores.find((store) => store.id === row.store_id)?.name ?? row.store_id },
            {
              key: 'onHand',
              label: t('details.onHand'),
              cell: (row) => (
                <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 1, fontWeight: 650 }}>
                  {amount(row.current_stock)}
                  {low(row) && <StatusChip tone="warn">{t('details.low')}</StatusChip>}
                </Box>
              ),
            },
            { key: 'reserved', label: t('details.reserved'), cell: (row) => amount(row.reserved_stock) },
            { key: 'reorder', label: t('details.reorder'), cell: (row) => amount(row.reorder_point) },
            { key: 'counted', label: t('details.counted'), cell: (row) => (row.counted_at ? format.time(row.counted_at, 'dayTime') : t('details.neverCounted')) },
          ]}
        />
      )}
    </QueryView>
  );
}

function Quiet({ text }: { text: string }) {
  return (
    <Typography variant="body2" color="textSecondary" sx={{ px: { xs: 2, sm: 2.5 } }}>
      {text}
    </Typography>
  );
}
