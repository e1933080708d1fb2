import { useTranslation } from 'react-i18next';
import type { Loss, StreamState } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable } from '../../ui/SimpleTable';
import { Notice } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { streamName } from './StreamsTable';

interface LossesTableProps {
  losses: Loss[];
  streams: StreamState[];
  zone: string;
}

/** Records that will never come: named by the device itself, with its signature. */
export function LossesTable({ losses, streams, zone }: LossesTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (losses.length === 0) return <Notice state="good" icon="check" title={t('sync.noLosses.title')} text={t('sync.noLosses.text')} />;
  return (
    <SimpleTable
      caption={t('sync.losses')}
      rows={losses}
      rowKey={(loss) => `${loss.epoch}/${loss.stream}/${loss.first}`}
      columns={[
        { key: 'at', label: t('sync.column.found'), cell: (loss) => format.time(loss.at, 'dayTime', zone) },
        {
          key: 'what',
          label: t('sync.column.lost'),
          cell: (loss) => {
            const name = streams.find((stream) => stream.stream === loss.stream)?.name ?? '';
            return t('sync.lost', { count: loss.count, shown: format.number(loss.count), stream: streamName(name, t) });
          },
        },
        { key: 'range', label: t('sync.column.range'), cell: (loss) => t('sync.range', { first: format.number(loss.first), last: format.number(loss.last) }) },
        { key: 'why', label: t('sync.column.why'), cell: (loss) => t('sync.why', { reason: t(`sync.reason.${loss.reason}`), detail: loss.detail }) },
        {
          key: 'verified',
          label: t('sync.column.statement'),
          cell: (loss) => <StatusChip tone={loss.verified ? 'good' : 'bad'}>{t(loss.verified ? 'sync.signed' : 'sync.unsigned')}</StatusChip>,
        },
      ]}
    />
  );
}
