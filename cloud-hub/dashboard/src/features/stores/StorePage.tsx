import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useParams } from 'react-router';
import { useStore, type Store } from '../../api';
import { isStoreTab, STORE_TABS, to, type StoreTab } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { FRESHNESS_TONE } from '../../ui/freshness';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { PageHeader } from '../../ui/PageHeader';
import { QueryView } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { TabLinks } from '../../ui/TabLinks';
import { useNow } from '../../ui/useNow';
import { POLL_MS } from '../poll';
import { placeOf } from './StoreTable';
import { LiveTab } from './LiveTab';

const TABS = {
  sales: lazy(() => import('./SalesTab')),
  sensors: lazy(() => import('./SensorsTab')),
  alarms: lazy(() => import('./AlarmsTab')),
  sync: lazy(() => import('./SyncTab')),
};

/** One store. Keyed by its id: what another store had shown never stands under this one's name. */
export default function StorePage() {
  const { storeId = '', tab } = useParams();
  if (!isStoreTab(tab)) return <Navigate to={to.store(storeId)} replace />;
  return <OneStore key={storeId} storeId={storeId} tab={tab} />;
}

function OneStore({ storeId, tab }: { storeId: string; tab: StoreTab }) {
  const query = useStore({ id: storeId }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const skeleton = (
    <>
      <Skeleton width={260} height={40} />
      <Skeleton width={180} />
      <Skeleton variant="rounded" height={400} sx={{ mt: 3 }} />
    </>
  );
  return (
    <QueryView query={query} skeleton={skeleton}>
      {(store) => <Loaded store={store} tab={tab} />}
    </QueryView>
  );
}

function Loaded({ store, tab }: { store: Store; tab: StoreTab }) {
  const { t } = useTranslation();
  const Content = tab === 'live' ? LiveTab : TABS[tab];
  const badge: Partial<Record<StoreTab, number>> = { alarms: store.metrics.open_alarms };
  const format = useFormat();
  return (
    <>
      <PageHeader title={store.name} aside={<Heard store={store} />}>
        <Where store={store} />
      </PageHeader>
      <TabLinks
        label={t('store.tabs')}
        items={STORE_TABS.map((each) => {
          const name = t(`store.tab.${each}`);
          const count = badge[each];
          return {
            to: to.store(store.id, each),
            here: each === tab,
            text: count ? t('store.tabCount', { tab: name, count, shown: format.number(count) }) : name,
          };
        })}
      />
      <ErrorBoundary key={tab}>
        <Suspense fallback={<Skeleton aria-busy variant="rounded" height={400} />}>
          <Content store={store} />
        </Suspense>
      </ErrorBoundary>
    </>
  );
}

function Where({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(15_000);
  const place = placeOf(store);
  const local = t('store.localTime', { at: format.time(now, 'time', store.timezone), zone: store.timezone.replaceAll('_', ' ') });
  return (
    <Typography variant="body2" color="textSecondary">
      {place ? t('store.where', { place, local }) : local}
    </Typography>
  );
}

function Heard({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(5_000);
  const { status, last_heard_at, agent_version } = store.metrics;
  const heard = last_heard_at ? t('stores.heard', { age: format.age(last_heard_at, now) }) : t('stores.neverHeard');
  return (
    <Box data-store-status={status} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <StatusChip tone={FRESHNESS_TONE[status]}>{t(`status.${status}`)}</StatusChip>
      <Typography variant="caption" color="textSecondary">
        {agent_version ? t('store.heardAgent', { heard, version: agent_version }) : heard}
      </Typography>
    </Box>
  );
}
