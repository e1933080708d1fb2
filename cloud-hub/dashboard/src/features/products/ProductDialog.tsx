import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Suspense, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useProduct, useStores, type Product, type Stock } from '../../api';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Disclosure } from '../../ui/Disclosure';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { Fact } from '../stores/StoreTable';
import { ProductPrices } from './ProductPrices';
import { ProductStock } from './ProductStock';
import { StockEvents } from './StockEvents';

const EditProductDialog = lazyPage('products', () => import('./EditProductDialog'));
const PriceDialog = lazyPage('products', () => import('./PriceDialog'));
const StockEventDialog = lazyPage('products', () => import('./StockEventDialog'));
const StockLevelsDialog = lazyPage('products', () => import('./StockLevelsDialog'));

type Asked = 'change' | 'price' | 'book' | Stock;

/** One product: its numbers, its prices past and to come, what lies where and how that came about. */
export function ProductDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const may = useMay();
  const stores = useStores();
  const query = useProduct({ id });
  const [asked, setAsked] = useState<Asked | null>(null);
  const title = query.data ? query.data.name || query.data.sku : t('open');
  const done = () => setAsked(null);
  const button = (what: 'change' | 'price' | 'book', text: string) => (
    <Button size="small" variant="outlined" aria-haspopup="dialog" onClick={() => setAsked(what)}>
      {text}
    </Button>
  );
  return (
    <FormDialog title={title} onClose={onClose} maxWidth="md">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} />}>
        {(product) => (
          <>
            <Facts product={product} />
            {may('catalog.write') && <Box>{button('change', t('change'))}</Box>}
          </>
        )}
      </QueryView>
      <Part title={t('details.prices')} action={may('catalog.write') && button('price', t('price.set'))}>
        <ProductPrices product={id} />
      </Part>
      {may('stock.read') && (
        <>
          <Part title={t('details.stock')}>
            <ProductStock product={id} onLevels={setAsked} />
          </Part>
          <Part title={t('stock.events')} action={may('stock.write') && button('book', t('stock.book'))}>
            <StockEvents product={id} />
          </Part>
        </>
      )}
      <Suspense fallback={null}>
        {asked === 'change' && <EditProductDialog id={id} onClose={done} />}
        {asked === 'price' && <PriceDialog product={id} name={title} onClose={done} />}
        {asked === 'book' && <StockEventDialog product={id} name={title} onClose={done} />}
        {asked !== null && typeof asked === 'object' && (
          <StockLevelsDialog id={asked.id} store={stores.data?.stores.find((each) => each.id === asked.store_id)?.name ?? asked.store_id} onClose={done} />
        )}
      </Suspense>
    </FormDialog>
  );
}

function Part({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', columnGap: 1, mb: 0.5 }}>
        <Typography variant="h3" component="h3">
          {title}
        </Typography>
        {action}
      </Box>
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
      {product.retired_at && (
        <Box>
          <StatusChip tone="quiet">{t('details.retiredSince', { at: format.time(product.retired_at, 'date') })}</StatusChip>
        </Box>
      )}
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
