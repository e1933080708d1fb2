import Box from '@mui/material/Box';
import type { Store } from '../../api';
import { OpenAlarms } from '../alarms/OpenAlarms';
import { KpiRow } from '../kpis/KpiRow';
import { LiveTickets } from '../sales/LiveTickets';
import { SensorTiles } from '../sensors/SensorTiles';
import { OfflineNote } from './OfflineNote';

/** What happens in the store now. */
export function LiveTab({ store }: { store: Store }) {
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <OfflineNote store={store} />
      <KpiRow storeId={store.id} zone={store.timezone} />
      <Box
        sx={{
          display: 'grid',
          gap: { xs: 1.5, md: 2 },
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 7fr) minmax(0, 5fr)' },
          alignItems: 'start',
        }}
      >
        <LiveTickets store={store} />
        <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
          <OpenAlarms store={store} />
          <SensorTiles store={store} />
        </Box>
      </Box>
    </Box>
  );
}
