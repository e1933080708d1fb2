import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { useDevices, useStores } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Section } from '../../ui/Section';
import { SimpleTable } from '../../ui/SimpleTable';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { POLL_MS } from '../poll';
import { attention, type Concern } from './fleet';

const SHOWN = 8;

/** Which devices want somebody, and why. */
export default function FleetPanel() {
  const { t } = useTranslation(['home', 'translation']);
  const format = useFormat();
  const now = useNow(15_000);
  const query = useDevices(undefined, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const stores = useStores();
  const nameOf = (id: string) => stores.data?.stores.find((store) => store.id === id)?.name ?? '';
  const why = (concern: Concern) => (
    <StatusChip key={concern} tone={concern === 'silent' ? 'bad' : 'warn'}>
      {t(`fleet.concern.${concern}`)}
    </StatusChip>
  );
  return (
    <Section title={t('fleet.title')} asOf={query.data?.as_of} flush>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={56} />}
        empty={(data) =>
          data.devices.length === 0 ? (
            <Notice state="empty" icon="link" title={t('fleet.none.title')} text={t('fleet.none.text')} />
          ) : attention(data.devices).length === 0 ? (
            <Notice state="good" icon="check" title={t('fleet.well.title')} text={t('fleet.well.text', { count: data.devices.length })} />
          ) : null
        }
      >
        {(data) => (
          <SimpleTable
            caption={t('fleet.title')}
            rows={attention(data.devices).slice(0, SHOWN)}
            rowKey={({ device }) => device.device_id}
            columns={[
              {
                key: 'device',
                label: t('fleet.column.device'),
                cell: ({ device }) => (
                  <Link
                    component={RouterLink}
                    to={to.store(device.store_id, 'sync')}
                    underline="hover"
                    sx={{ fontWeight: 650, color: 'text.primary', display: 'inline-flex', alignItems: 'center', minHeight: { xs: 44, sm: 24 } }}
                  >
                    {t('fleet.where', { device: device.name, store: nameOf(device.store_id) })}
                  </Link>
                ),
              },
              { key: 'why', label: t('fleet.column.why'), cell: ({ concerns }) => <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 0.5 }}>{concerns.map(why)}</Box> },
              {
                key: 'heard',
                label: t('fleet.column.heard'),
                cell: ({ device }) => (device.last_heard_at ? format.age(device.last_heard_at, now) : t('translation:status.never')),
              },
              { key: 'agent', label: t('fleet.column.agent'), cell: ({ device }) => device.agent_version ?? t('translation:noValue') },
            ]}
          />
        )}
      </QueryView>
    </Section>
  );
}
