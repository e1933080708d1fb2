import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { StreamState } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { SimpleTable } from '../../ui/SimpleTable';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';

const NAMES = ['money', 'telemetry', 'alerts'] as const;

export function streamName(name: string, t: TFunction): string {
  const known = NAMES.find((each) => each === name);
  return known ? t(`sync.stream.${known}`) : name;
}

/** Each lane of records with its own queue. */
export function StreamsTable({ streams, zone }: { streams: StreamState[]; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  return (
    <SimpleTable
      caption={t('sync.streams')}
      rows={streams}
      rowKey={(stream) => stream.name}
      columns={[
        { key: 'name', label: t('sync.column.stream'), cell: (stream) => streamName(stream.name, t) },
        {
          key: 'unsent',
          label: t('sync.column.unsent'),
          number: true,
          cell: (stream) => (
            <span data-unsent={stream.unsent}>
              {stream.unsent > 0 ? <StatusChip tone="warn">{format.number(stream.unsent)}</StatusChip> : format.number(0)}
            </span>
          ),
        },
        {
          key: 'oldest',
          label: t('sync.column.oldest'),
          cell: (stream) =>
            stream.oldest_unsent_at
              ? t('sync.at', { at: format.time(stream.oldest_unsent_at, 'dayTime', zone), age: format.age(stream.oldest_unsent_at, now) })
              : t('sync.allSent'),
        },
        { key: 'stored', label: t('sync.column.stored'), number: true, cell: (stream) => format.number(stream.stored_through) },
      ]}
    />
  );
}
