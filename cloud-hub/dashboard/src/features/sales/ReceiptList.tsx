import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { keyframes, useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { TFunction } from 'i18next';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Receipt } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { visuallyHidden } from '../../ui/visuallyHidden';

interface ReceiptListProps {
  receipts: Receipt[];
  zone: string;
  caption: string;
  onOpen: (id: string) => void;
  /** Marks rows that came since the list was first shown. */
  fresh?: boolean;
  /** Rows below a first page repeat no head. */
  headless?: boolean;
  withDay?: boolean;
}

const glow = keyframes`from { background-color: var(--glow); } to { background-color: transparent; }`;

export function ReceiptList({ receipts, zone, caption, onOpen, fresh, headless, withDay }: ReceiptListProps) {
  const { t } = useTranslation();
  const wide = useMediaQuery(useTheme().breakpoints.up('sm'));
  const known = useRef<Set<string> | null>(null);
  const first = known.current === null;
  const seen = known.current ?? new Set(receipts.map((receipt) => receipt.id));
  useEffect(() => {
    const kept = known.current ?? new Set();
    for (const receipt of receipts) kept.add(receipt.id);
    known.current = kept;
  }, [receipts]);

  return (
    <Table size="small" sx={{ tableLayout: 'fixed' }}>
      <Box component="caption" sx={visuallyHidden}>
        {caption}
      </Box>
      <TableHead sx={headless ? visuallyHidden : undefined}>
        <TableRow>
          <TableCell sx={{ width: withDay ? { xs: '40%', sm: '26%' } : { xs: '34%', sm: '19%' }, paddingInlineStart: { xs: 2, sm: 2.5 } }}>
            {t('receipt.time')}
          </TableCell>
          <TableCell>{t('receipt.number')}</TableCell>
          {wide && <TableCell sx={{ width: '15%' }}>{t('receipt.till')}</TableCell>}
          {wide && (
            <TableCell sx={{ width: '11%' }} align="right">
              {t('receipt.lines')}
            </TableCell>
          )}
          {wide && <TableCell sx={{ width: '16%' }}>{t('receipt.tender')}</TableCell>}
          <TableCell align="right" sx={{ width: { xs: '32%', sm: '20%' }, paddingInlineEnd: { xs: 2, sm: 2.5 } }}>
            {t('receipt.total')}
          </TableCell>
        </TableRow>
      </TableHead>
      <TableBody data-testid="receipts">
        {receipts.map((receipt) => (
          <Row
            key={receipt.id}
            receipt={receipt}
            zone={zone}
            onOpen={onOpen}
            wide={wide}
            withDay={withDay}
            news={Boolean(fresh) && !first && !seen.has(receipt.id)}
          />
        ))}
      </TableBody>
    </Table>
  );
}

interface RowProps {
  receipt: Receipt;
  zone: string;
  onOpen: (id: string) => void;
  wide: boolean;
  withDay?: boolean;
  news: boolean;
}

function Row({ receipt, zone, onOpen, wide, withDay, news }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(60_000);
  return (
    <TableRow
      hover
      data-receipt={receipt.number}
      sx={(theme) => ({
        '--glow': theme.palette.tone.info.soft,
        animation: news ? `${glow} 2.5s ease-out` : undefined,
        '& td': { paddingBlock: 0.75 },
        '&:last-child td': { borderBottom: 0 },
        color: receipt.kind === 'void' || receipt.kind === 'training' ? 'text.secondary' : undefined,
      })}
    >
      <TableCell sx={{ paddingInlineStart: { xs: 2, sm: 2.5 }, color: 'text.secondary' }}>
        {withDay ? format.time(receipt.closed_at, 'dayTime', zone) : format.moment(receipt.closed_at, 'seconds', now, zone)}
      </TableCell>
      <TableCell>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1 }}>
          <Link
            component="button"
            type="button"
            variant="body2"
            underline="hover"
            onClick={() => onOpen(receipt.id)}
            aria-label={t('receipt.open', { number: receipt.number })}
            sx={{ fontWeight: 600, minHeight: 28, '@media (pointer: coarse), (max-width: 599.95px)': { minHeight: 44, minWidth: 44, textAlign: 'start' } }}
          >
            {receipt.number}
          </Link>
          {receipt.kind !== 'sale' && <StatusChip tone={receipt.kind === 'return' ? 'warn' : 'quiet'}>{t(`receipt.kind.${receipt.kind}`)}</StatusChip>}
          {receipt.flagged && <StatusChip tone="bad">{t('receipt.flagged')}</StatusChip>}
        </Box>
      </TableCell>
      {wide && <TableCell>{receipt.terminal}</TableCell>}
      {wide && <TableCell align="right">{format.number(receipt.line_count)}</TableCell>}
      {wide && <TableCell sx={{ color: 'text.secondary' }}>{tenders(receipt, t)}</TableCell>}
      <TableCell align="right" sx={{ fontWeight: 650, paddingInlineEnd: { xs: 2, sm: 2.5 } }}>
        {format.money(receipt.total)}
      </TableCell>
    </TableRow>
  );
}

const TENDERS = ['cash', 'card', 'voucher', 'account', 'other'] as const;

export function tenderName(kind: string, t: TFunction): string {
  const known = TENDERS.find((each) => each === kind);
  return known ? t(`receipt.tenders.${known}`) : kind;
}

function tenders(receipt: Receipt, t: TFunction): string {
  return receipt.tenders.map((tender) => tenderName(tender.kind, t)).join(', ') || t('noValue');
}
