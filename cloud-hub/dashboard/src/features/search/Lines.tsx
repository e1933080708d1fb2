import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useStores, type Transaction } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { StatusChip } from '../../ui/StatusChip';

interface LinesProps {
  lines: Transaction[];
  caption: string;
  headless?: boolean;
  onOpen: (line: Transaction) => void;
}

/** Sold lines, newest first, each with the ticket it stands on. */
export function Lines({ lines, caption, headless, onOpen }: LinesProps) {
  const { t } = useTranslation(['search', 'translation']);
  const format = useFormat();
  const stores = useStores().data?.stores ?? [];
  const store = (id: string) => stores.find((each) => each.id === id);
  // One clock needs no name; where stores keep different ones each line says by which it was rung.
  const zones = new Set(stores.map((each) => each.timezone)).size;
  const quiet = (text: string) => (
    <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
      {text}
    </Typography>
  );
  const columns: Column<Transaction>[] = [
    {
      key: 'when',
      label: t('column.when'),
      width: '18%',
      cell: (line) => {
        const zone = store(line.store_id)?.timezone ?? 'UTC';
        return (
          <>
            {format.time(line.transaction_time, 'dayTime', zone)}
            {zones > 1 && quiet(zone)}
          </>
        );
      },
    },
    {
      key: 'ticket',
      label: t('column.ticket'),
      width: '18%',
      cell: (line) => (
        <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: 0.5 }}>
          <Button size="small" aria-label={t('open', { number: line.receipt_number, line: String(line.line_no) })} onClick={() => onOpen(line)} sx={{ ml: -1, minWidth: 44, minHeight: { xs: 44, sm: 32 } }}>
            {line.receipt_number}
          </Button>
          {line.kind && line.kind !== 'sale' && <StatusChip tone={line.kind === 'return' || line.kind === 'void' ? 'warn' : 'quiet'}>{t(`kind.${line.kind}`)}</StatusChip>}
        </Box>
      ),
    },
    {
      key: 'where',
      label: t('column.where'),
      width: '22%',
      cell: (line) => (
        <>
          {store(line.store_id)?.name ?? line.store_id}
          {quiet(line.cashier ? t('tillAndCashier', { till: line.register, cashier: line.cashier }) : line.register)}
        </>
      ),
    },
    {
      key: 'what',
      label: t('column.what'),
      width: '24%',
      cell: (line) => (
        <>
          {line.name || line.sku}
          {quiet(line.sku)}
        </>
      ),
    },
    { key: 'quantity', label: t('column.quantity'), width: '8%', number: true, cell: (line) => format.number(line.quantity, 3) },
    { key: 'amount', label: t('column.amount'), width: '10%', number: true, cell: (line) => <strong>{format.money(line.total_amount)}</strong> },
  ];
  return <SimpleTable caption={caption} columns={columns} rows={lines} rowKey={(line) => line.id} headless={headless} />;
}
