import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { Suspense, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useReceipt, type ReceiptDetail } from '../../api';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { QueryView } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { Fact } from '../stores/StoreTable';
import { tenderName } from './ReceiptList';

const ReceiptCase = lazyPage(['cases', 'alerts'], () => import('../cases/ReceiptCase'));

interface ReceiptDrawerProps {
  receiptId: string | null;
  zone: string;
  onClose: () => void;
}

/** One receipt with its lines, as the till rang it. */
export function ReceiptDrawer({ receiptId, zone, onClose }: ReceiptDrawerProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Drawer
      anchor="right"
      open={receiptId !== null}
      onClose={onClose}
      slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': id, sx: { width: { xs: '100%', sm: 460 }, p: { xs: 2, sm: 3 } } } }}
    >
      <Box sx={{ display: 'flex', justifyContent: 'flex-end', mb: -5, position: 'relative', zIndex: 1 }}>
        <IconButton onClick={onClose} aria-label={t('close')}>
          <Icon name="close" />
        </IconButton>
      </Box>
      {receiptId && <Content receiptId={receiptId} zone={zone} titleId={id} />}
    </Drawer>
  );
}

function Content({ receiptId, zone, titleId }: { receiptId: string; zone: string; titleId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const query = useReceipt({ id: receiptId });
  return (
    <>
      <Typography variant="h2" id={titleId} sx={{ minHeight: 40, display: 'flex', alignItems: 'center', paddingInlineEnd: 6 }}>
        {query.data ? t('receipt.title', { number: query.data.number }) : t('receipt.loading')}
      </Typography>
      <QueryView query={query} skeleton={<Skeleton variant="rounded" height={320} />}>
        {(receipt) => (
          <>
            <Paid receipt={receipt} zone={zone} />
            {may('cases.write') && (
              <Suspense fallback={null}>
                <ReceiptCase key={receipt.id} receipt={receipt} />
              </Suspense>
            )}
          </>
        )}
      </QueryView>
    </>
  );
}

function Paid({ receipt, zone }: { receipt: ReceiptDetail; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Box sx={{ display: 'flex', gap: 1, mb: 2, flexWrap: 'wrap' }}>
        <StatusChip tone={receipt.kind === 'sale' ? 'good' : 'quiet'}>{t(`receipt.kind.${receipt.kind}`)}</StatusChip>
        <StatusChip tone="quiet">{t(`receipt.source.${receipt.source}`)}</StatusChip>
        {receipt.flagged && <StatusChip tone="bad">{t('receipt.flagged')}</StatusChip>}
      </Box>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0, mb: 2 }}>
        <Fact label={t('receipt.time')} value={format.time(receipt.closed_at, 'dayTime', zone)} />
        <Fact label={t('receipt.day')} value={receipt.business_day} />
        <Fact label={t('receipt.till')} value={receipt.terminal} />
        <Fact label={t('receipt.operator')} value={receipt.operator ?? t('noValue')} />
      </Box>
      <Table size="small" sx={{ '& td, & th': { paddingInline: 0.5 } }}>
        <TableHead>
          <TableRow>
            <TableCell>{t('receipt.item')}</TableCell>
            <TableCell align="right">{t('receipt.quantity')}</TableCell>
            <TableCell align="right">{t('receipt.price')}</TableCell>
            <TableCell align="right">{t('receipt.amount')}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {receipt.lines.map((line) => (
            <TableRow key={line.line_no}>
              <TableCell sx={{ wordBreak: 'break-word' }}>
                {line.name}
                <Typography variant="caption" color="textSecondary" component="div">
                  {line.sku}
                </Typography>
              </TableCell>
              <TableCell align="right">{format.number(line.quantity, 3)}</TableCell>
              <TableCell align="right">{format.number(line.unit_price, 4)}</TableCell>
              <TableCell align="right">{format.money(line.total)}</TableCell>
            </TableRow>
          ))}
          {(['discount', 'tax'] as const).map((part) =>
            Number(receipt[part].amount) === 0 ? null : (
              <TableRow key={part}>
                <TableCell colSpan={3}>{t(`receipt.${part}`)}</TableCell>
                <TableCell align="right">{format.money(receipt[part])}</TableCell>
              </TableRow>
            ),
          )}
          <TableRow>
            <TableCell colSpan={3} sx={{ fontWeight: 650 }}>
              {t('receipt.total')}
            </TableCell>
            <TableCell align="right" sx={{ fontWeight: 650 }}>
              {format.money(receipt.total)}
            </TableCell>
          </TableRow>
          {receipt.tenders.map((tender, at) => (
            <TableRow key={at} sx={{ '& td': { border: 0, color: 'text.secondary' } }}>
              <TableCell colSpan={3}>{tenderName(tender.kind, t)}</TableCell>
              <TableCell align="right">{format.money(tender.amount)}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {receipt.lines.length < receipt.line_count && (
        <Typography variant="caption" color="textSecondary" component="p" role="status">
          {t('receipt.partial', { shown: format.number(receipt.lines.length), count: receipt.line_count })}
        </Typography>
      )}
    </>
  );
}
