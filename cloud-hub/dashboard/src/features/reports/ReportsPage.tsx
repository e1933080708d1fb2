import Skeleton from '@mui/material/Skeleton';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useParams } from 'react-router';
import { Needs } from '../../app/Needs';
import { PAGES, REPORT_NEEDS } from '../../app/pages';
import { REPORT_TABS, to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { PageHeader } from '../../ui/PageHeader';
import { TabLinks } from '../../ui/TabLinks';

const TABS = {
  gallery: lazy(() => import('./GalleryTab')),
  schedules: lazy(() => import('./SchedulesTab')),
  exports: lazy(() => import('./ExportsTab')),
};
const NEEDS = PAGES.find((page) => page.name === 'reports')?.needs ?? [];

/** What the hub writes down for people: reports, by hand or by the clock, and rows for other programs. */
export default function ReportsPage() {
  const { t } = useTranslation('work');
  const may = useMay();
  const asked = useParams().tab;
  const shown = REPORT_TABS.filter((tab) => may(...REPORT_NEEDS[tab]));
  const tab = REPORT_TABS.find((each) => each === asked);
  const first = shown[0];
  if (!tab && first && may(...NEEDS)) return <Navigate to={to.reports(first)} replace />;
  const Content = tab ? TABS[tab] : null;
  return (
    <Needs anyOf={tab ? REPORT_NEEDS[tab] : NEEDS} title={t('reports.title')}>
      <PageHeader title={t('reports.title')} />
      <TabLinks label={t('reports.tabs')} items={shown.map((each) => ({ to: to.reports(each), here: each === tab, text: t(`reports.tab.${each}`) }))} />
      <ErrorBoundary key={tab}>
        <Suspense fallback={<Skeleton aria-busy variant="rounded" height={400} />}>{Content && <Content />}</Suspense>
      </ErrorBoundary>
    </Needs>
  );
}
