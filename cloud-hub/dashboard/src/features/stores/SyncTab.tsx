import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { useSync, type Store } from '../../api';
import { useMay } from '../../app/SessionGate';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { Section } from '../../ui/Section';
import { POLL_MS } from '../poll';
import { DeviceCard } from '../sync/DeviceCard';
import { ConnectDevice } from '../sync/ConnectDevice';

/** Did everything that happened in the store arrive, and if not, what is missing? */
export default function SyncTab({ store }: { store: Store }) {
  const { t } = useTranslation();
  const query = useSync({ id: store.id }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const may = useMay();
  const known = query.data?.devices.length ?? 0;
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={6} height={60} />}
        empty={(data) =>
          data.devices.length === 0 ? (
            <Section title={t('sync.title')}>
              <Notice state="empty" icon="link" title={t('sync.empty.title')} text={t('sync.empty.text')} />
            </Section>
          ) : null
        }
      >
        {(data) =>
          data.devices.map((device) => <DeviceCard key={device.device_id} device={device} asOf={data.as_of} zone={store.timezone} />)
        }
      </QueryView>
      {/* Outside of what changes with the first device: its dialog stays open to see it come. */}
      {query.data && may('fleet.write') && (
        <Box sx={{ textAlign: known === 0 ? 'center' : 'start' }}>
          <ConnectDevice storeId={store.id} known={known} />
        </Box>
      )}
    </Box>
  );
}
