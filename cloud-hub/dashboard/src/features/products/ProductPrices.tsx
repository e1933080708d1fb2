import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { usePrices, useStores, type Price } from '../../api';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable } from '../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { digitsOf, standing } from './price';
import { Quiet } from './Quiet';
import { useZone } from './useZone';

const TONE: Record<ReturnType<typeof standing>, Tone> = { holds: 'good', coming: 'info', over: 'quiet' };

/** Every price, past and to come. */
export function ProductPrices({ product }: { product: string }) {
  const { t } = useTranslation('products');
  const format = useFormat();
  const now = useNow(60_000);
  const stores = useStores();
  const everywhere = useZone('');
  const zone = (price: Price) => stores.data?.stores.find((store) => store.id === price.store_id)?.timezone ?? everywhere.id;
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
            { key: 'from', label: t('details.from'), cell: (price) => format.time(price.valid_from, 'minute', zone(price)) },
            { key: 'to', label: t('details.to'), cell: (price) => (price.valid_to ? format.time(price.valid_to, 'minute', zone(price)) : t('details.open')) },
          ]}
        />
      )}
    </QueryView>
  );
}

