import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import { useTranslation } from 'react-i18next';
import { useKpis } from '../../api';
import { visuallyHidden } from '../../ui/visuallyHidden';
import { QueryView } from '../../ui/states';
import { POLL_MS } from '../poll';
import { KpiCard } from './KpiCard';

const SHOWN = 6;
const grid = {
  display: 'grid',
  gap: { xs: 1, sm: 1.5, md: 2 },
  gridTemplateColumns: { xs: 'repeat(2, minmax(0, 1fr))', sm: 'repeat(3, minmax(0, 1fr))', lg: 'repeat(6, minmax(0, 1fr))' },
  listStyle: 'none',
  p: 0,
  m: 0,
};

/** The six numbers of the day, for one store or for all of them. */
export function KpiRow({ storeId, zone }: { storeId?: string; zone?: string }) {
  const { t } = useTranslation();
  const query = useKpis({ storeId }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const skeleton = (
    <Box sx={grid}>
      {Array.from({ length: SHOWN }, (_, at) => (
        <Skeleton key={at} variant="rounded" height={140} />
      ))}
    </Box>
  );
  return (
    <Box component="section" aria-labelledby="kpis">
      <Box component="h2" id="kpis" sx={visuallyHidden}>
        {t('kpis.title')}
      </Box>
      <QueryView query={query} skeleton={skeleton}>
        {({ kpis }) => (
          <Box component="ul" sx={grid}>
            {kpis.slice(0, SHOWN).map((kpi) => (
              <KpiCard key={kpi.id} kpi={kpi} zone={zone} />
            ))}
          </Box>
        )}
      </QueryView>
    </Box>
  );
}
