import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import type { Leaving } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';

const KNOWN = ['mail', 'webhooks'] as const;

/** What the organization's people and programs have not been sent yet, since when, and why. */
export function LeavingTable({ leaving, now }: { leaving: Leaving[]; now: number }) {
  const { t } = useTranslation('system');
  const format = useFormat();
  const columns: Column<Leaving>[] = [
    {
      key: 'name',
      label: t('leaving.column.name'),
      width: '20%',
      cell: (one) => {
        const known = KNOWN.find((each) => each === one.name);
        return (
          <Box component="span" sx={{ fontWeight: 650 }}>
            {known ? t(`leaving.name.${known}`) : one.name}
          </Box>
        );
      },
    },
    { key: 'waiting', label: t('leaving.column.waiting'), number: true, cell: (one) => format.number(one.waiting) },
    { key: 'oldest', label: t('leaving.column.oldest'), cell: (one) => (one.oldest ? `${format.moment(one.oldest, 'time', now)} (${format.age(one.oldest, now)})` : t('leaving.none')) },
    { key: 'failing', label: t('leaving.column.failing'), number: true, cell: (one) => (one.failing > 0 ? <StatusChip tone="bad">{format.number(one.failing)}</StatusChip> : format.number(0)) },
    { key: 'error', label: t('leaving.column.error'), width: '34%', cell: (one) => <Box component="span" sx={{ overflowWrap: 'anywhere' }}>{one.last_error ?? t('leaving.noError')}</Box> },
  ];
  return <SimpleTable caption={t('leaving.title')} columns={columns} rows={leaving} rowKey={(one) => one.name} />;
}
