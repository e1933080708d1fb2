import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { useStores } from '../../api';
import { PageHeader } from '../../ui/PageHeader';
import { Notice } from '../../ui/states';
import { AddStore } from '../stores/AddStore';
import { KpiRow } from '../kpis/KpiRow';
import { SalesChart } from '../sales/SalesChart';
import { DoNow } from './DoNow';
import { StoreBoard } from './StoreBoard';

/** What must I do now, how is today going, and where. */
export function OverviewPage() {
  const { t } = useTranslation();
  const { data } = useStores();
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
  return (
    <>
      <PageHeader title={t('overview.title')} />
      <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
        <KpiRow />
        <Box
          sx={{
            display: 'grid',
            gap: { xs: 1.5, md: 2 },
            gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 5fr) minmax(0, 7fr)' },
            alignItems: 'stretch',
          }}
        >
          <DoNow />
          <SalesChart zone={zone} range="day" height={380} />
        </Box>
        <StoreBoard />
      </Box>
    </>
  );
}
