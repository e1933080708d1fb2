import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import { Suspense, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStores } from '../../api';
import { useSession } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { PageHeader } from '../../ui/PageHeader';
import { Notice } from '../../ui/states';
import { AddStore } from '../stores/AddStore';
import { KpiRow } from '../kpis/KpiRow';
import { SalesChart } from '../sales/SalesChart';
import { DoNow } from './DoNow';
import { homeOf, type Panel } from './home';
import { StoreBoard } from './StoreBoard';

const FleetPanel = lazyPage('home', () => import('./FleetPanel'));
// Its lines are worded as in the log itself.
const CarePanel = lazyPage(['home', 'admin'], () => import('./CarePanel'));

/** What must I do now, how is today going, and where; in the order that the role needs it. */
export function OverviewPage() {
  const { t } = useTranslation();
  const { data } = useStores();
  const { user } = useSession();
  const [chosen, choose] = useState<string>();
  if (data && data.stores.length === 0) {
    return (
      <>
        <PageHeader title={t('overview.title')} />
        <Notice state="empty" icon="stores" title={t('overview.empty.title')} text={t('overview.empty.text')} action={<AddStore />} />
      </>
    );
  }
  // Several stores share a chart only if they share a clock; otherwise the viewer's own zone is used.
  const zones = new Set(data?.stores.map((store) => store.timezone));
  const zone = zones.size === 1 ? [...zones][0] : undefined;
  // Takings in several currencies have no sum: then the chart is one store's, and the viewer says which.
  const stores = data?.stores ?? [];
  const mixed = new Set(stores.map((store) => store.currency)).size > 1;
  const one = mixed ? (stores.find((store) => store.id === chosen) ?? stores[0]) : undefined;
  const picker = one && (
    <Box
      component="select"
      aria-label={t('overview.store')}
      value={one.id}
      onChange={(event) => choose((event.target as HTMLSelectElement).value)}
      sx={{ minHeight: 44, px: 1, borderRadius: 1, border: 1, borderColor: 'divider', bgcolor: 'background.paper', color: 'text.primary', font: 'inherit', maxWidth: 260 }}
    >
      {stores.map((store) => (
        <option key={store.id} value={store.id}>
          {store.name}
        </option>
      ))}
    </Box>
  );
  const place = <Skeleton variant="rounded" sx={{ height: '100%', minHeight: 460 }} />;
  const panels: Record<Panel, () => ReactNode> = {
    kpis: () => <KpiRow />,
    doNow: () => <DoNow />,
    // Which store's sales are shown is known with the stores; until then their place is kept.
    sales: () => (data ? <SalesChart storeId={one?.id} zone={one ? one.timezone : zone} range="day" height={300} actions={picker} /> : place),
    stores: () => <StoreBoard />,
    fleet: () => <FleetPanel />,
    care: () => <CarePanel />,
  };
  return (
    <>
      <PageHeader title={t('overview.title')} />
      <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }} data-home={user.role}>
        {homeOf(user.role).map((row) => (
          <Box
            key={row.join()}
            sx={{
              display: 'grid',
              gap: { xs: 1.5, md: 2 },
              gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: row.length > 1 ? 'minmax(0, 5fr) minmax(0, 7fr)' : 'minmax(0, 1fr)' },
              alignItems: 'stretch',
            }}
          >
            {row.map((panel) => (
              <Suspense key={panel} fallback={place}>
                {panels[panel]()}
              </Suspense>
            ))}
          </Box>
        ))}
      </Box>
    </>
  );
}
