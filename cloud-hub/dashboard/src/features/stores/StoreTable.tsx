import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TableSortLabel from '@mui/material/TableSortLabel';
import Typography from '@mui/material/Typography';
import { useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { Store } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { FRESHNESS_TONE } from '../../ui/freshness';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { visuallyHidden } from '../../ui/visuallyHidden';
import type { Sort, SortKey } from './storeList';

interface StoreTableProps {
  stores: Store[];
  caption: string;
  sort?: Sort;
  onSort?: (key: SortKey) => void;
}

/** The stores as a table; on a narrow screen as cards that carry the same fields. */
export function StoreTable(props: StoreTableProps) {
  const narrow = useMediaQuery(useTheme().breakpoints.down('md'));
  return narrow ? <Cards {...props} /> : <Rows {...props} />;
}

const COLUMNS: { key: SortKey; number?: boolean; sortable: boolean }[] = [
  { key: 'name', sortable: true },
  { key: 'status', sortable: true },
  { key: 'sales', number: true, sortable: true },
  { key: 'receipts', number: true, sortable: true },
  { key: 'lastSale', sortable: true },
  { key: 'alarms', number: true, sortable: true },
  { key: 'unsent', number: true, sortable: true },
  { key: 'version', sortable: true },
];

function Rows({ stores, caption, sort, onSort }: StoreTableProps) {
  const { t } = useTranslation();
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Table size="small">
        <Box component="caption" sx={visuallyHidden}>
          {caption}
        </Box>
        <TableHead>
          <TableRow>
            {COLUMNS.map((column) => {
              const active = sort?.key === column.key;
              const label = t(`stores.column.${column.key}`);
              return (
                <TableCell
                  key={column.key}
                  align={column.number ? 'right' : 'left'}
                  sortDirection={active ? sort.direction : false}
                  sx={{ '&:first-of-type': { paddingInlineStart: 2.5 }, '&:last-of-type': { paddingInlineEnd: 2.5 } }}
                >
                  {onSort ? (
                    <TableSortLabel
                      active={active}
                      direction={active ? sort.direction : 'asc'}
                      onClick={() => onSort(column.key)}
                      sx={{ minHeight: 32 }}
                    >
                      {label}
                    </TableSortLabel>
                  ) : (
                    label
                  )}
                </TableCell>
              );
            })}
          </TableRow>
        </TableHead>
        <TableBody>
          {stores.map((store) => (
            <Row key={store.id} store={store} />
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}

function Row({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(60_000);
  const { metrics } = store;
  return (
    <TableRow hover data-store={store.id} sx={{ '&:last-child td, &:last-child th': { borderBottom: 0 } }}>
      <TableCell component="th" scope="row" sx={{ paddingInlineStart: 2.5, minWidth: 132, overflowWrap: 'break-word' }}>
        <StoreName store={store} />
      </TableCell>
      <TableCell>
        <StatusCell store={store} />
      </TableCell>
      <TableCell align="right" sx={{ fontWeight: 650, fontSize: '0.9375rem' }} data-cell="sales">
        {format.money(metrics.sales_today)}
      </TableCell>
      <TableCell align="right">{format.number(metrics.receipts_today)}</TableCell>
      <TableCell>{metrics.last_sale_at ? format.moment(metrics.last_sale_at, 'time', now, store.timezone) : t('noValue')}</TableCell>
      <TableCell align="right">
        <Count value={metrics.open_alarms} tone="warn" />
      </TableCell>
      <TableCell align="right">
        <Unsent store={store} />
      </TableCell>
      <TableCell sx={{ color: 'text.secondary', paddingInlineEnd: 2.5 }}>{metrics.agent_version ?? t('noValue')}</TableCell>
    </TableRow>
  );
}

function StoreName({ store }: { store: Store }) {
  const place = placeOf(store);
  return (
    <>
      <Link
        component={RouterLink}
        to={to.store(store.id)}
        underline="hover"
        sx={{ fontWeight: 650, fontSize: '0.9375rem', color: 'text.primary', display: 'inline-block', paddingBlock: 0.25 }}
      >
        {store.name}
      </Link>
      {place && (
        <Typography variant="caption" color="textSecondary" component="div">
          {place}
        </Typography>
      )}
    </>
  );
}

/** Where a store is, as far as anybody said. */
export function placeOf(store: Store): string {
  return [store.location.city, store.location.country].filter(Boolean).join(', ');
}

export function StatusCell({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  const { status, last_heard_at } = store.metrics;
  return (
    <Box sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start' }}>
      <StatusChip tone={FRESHNESS_TONE[status]}>{t(`status.${status}`)}</StatusChip>
      {status !== 'live' && last_heard_at && (
        <Typography variant="caption" color="textSecondary">
          {t('stores.heard', { age: format.age(last_heard_at, now) })}
        </Typography>
      )}
    </Box>
  );
}

function Count({ value, tone }: { value: number; tone: 'warn' | 'bad' }) {
  const format = useFormat();
  if (value === 0) return <Box component="span" sx={{ color: 'text.secondary' }}>{format.number(0)}</Box>;
  return <StatusChip tone={tone}>{format.number(value)}</StatusChip>;
}

function Unsent({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  const { unsent, oldest_unsent_at } = store.metrics;
  return (
    <Box component="span" data-cell="unsent">
      {format.number(unsent)}
      {unsent > 0 && oldest_unsent_at && (
        <Typography variant="caption" color="textSecondary" component="div">
          {t('stores.oldest', { age: format.age(oldest_unsent_at, now) })}
        </Typography>
      )}
    </Box>
  );
}

function Cards({ stores, caption }: StoreTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Box component="ul" aria-label={caption} sx={{ listStyle: 'none', m: 0, p: 1.5, pt: 0, display: 'grid', gap: 1 }}>
      {stores.map((store) => (
        <Paper
          component="li"
          key={store.id}
          data-store={store.id}
          sx={{ border: 1, borderColor: 'divider', p: 1.5, position: 'relative', '&:focus-within': { borderColor: 'primary.main' } }}
        >
          <Box sx={{ display: 'flex', justifyContent: 'space-between', gap: 1, alignItems: 'flex-start' }}>
            <Box sx={{ minWidth: 0 }}>
              <Link
                component={RouterLink}
                to={to.store(store.id)}
                underline="none"
                sx={{ fontWeight: 650, color: 'text.primary', '&::after': { content: '""', position: 'absolute', inset: 0 } }}
              >
                {store.name}
              </Link>
              <Typography variant="caption" color="textSecondary" component="div">
                {placeOf(store)}
              </Typography>
            </Box>
            <StatusChip tone={FRESHNESS_TONE[store.metrics.status]}>{t(`status.${store.metrics.status}`)}</StatusChip>
          </Box>
          <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(3, minmax(0, 1fr))', gap: 1, m: 0, mt: 1.25 }}>
            <Fact label={t('stores.column.sales')} value={format.money(store.metrics.sales_today)} strong />
            <Fact label={t('stores.column.alarms')} value={format.number(store.metrics.open_alarms)} />
            <Fact label={t('stores.column.unsent')} value={format.number(store.metrics.unsent)} />
          </Box>
        </Paper>
      ))}
    </Box>
  );
}

export function Fact({ label, value, strong }: { label: string; value: ReactNode; strong?: boolean }) {
  return (
    <Box sx={{ minWidth: 0 }}>
      <Typography component="dt" variant="caption" color="textSecondary">
        {label}
      </Typography>
      <Typography component="dd" variant="body2" sx={{ m: 0, fontWeight: strong ? 650 : 500 }}>
        {value}
      </Typography>
    </Box>
  );
}
