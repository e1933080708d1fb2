import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { useInventory, useStores, type Stock } from '../../api';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { Quiet } from './Quiet';

/** What should lie where, and the levels people set for it. */
export function ProductStock({ product, onLevels }: { product: string; onLevels: (row: Stock) => void }) {
  const { t } = useTranslation(['products', 'translation']);
  const format = useFormat();
  const may = useMay();
  const stores = useStores();
  const query = useInventory({ productId: product, limit: 500 });
  const none = t('translation:noValue');
  const amount = (text: string | null) => (text === null ? none : format.number(text, 6));
  const low = (row: Stock) => row.reorder_point !== null && Number(row.current_stock) <= Number(row.reorder_point);
  const store = (row: Stock) => stores.data?.stores.find((each) => each.id === row.store_id);
  const columns: Column<Stock>[] = [
    { key: 'store', label: t('details.store'), cell: (row) => store(row)?.name ?? row.store_id },
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
    { key: 'most', label: t('details.most'), cell: (row) => amount(row.max_stock) },
    { key: 'counted', label: t('details.counted'), cell: (row) => (row.counted_at ? format.time(row.counted_at, 'dayTime', store(row)?.timezone) : t('details.neverCounted')) },
  ];
  if (may('stock.write')) {
    columns.push({
      key: 'levels',
      label: t('stock.levels'),
      unlabelled: true,
      cell: (row) => (
        <Button size="small" aria-label={t('stock.levelsOf', { store: store(row)?.name ?? row.store_id })} onClick={() => onLevels(row)}>
          {t('stock.levels')}
        </Button>
      ),
    });
  }
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={2} />} empty={(data) => (data.inventory.length > 0 ? null : <Quiet text={t('details.noStock')} />)}>
      {(data) => <SimpleTable caption={t('details.stock')} rows={data.inventory} rowKey={(row) => row.id} columns={columns} />}
    </QueryView>
  );
}
