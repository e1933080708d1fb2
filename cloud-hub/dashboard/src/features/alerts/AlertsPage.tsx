import Skeleton from '@mui/material/Skeleton';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Needs } from '../../app/Needs';
import { ALERT_NEEDS } from '../../app/pages';
import { ALERT_TABS, to, type AlertTab } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { PageHeader } from '../../ui/PageHeader';
import { TabLinks } from '../../ui/TabLinks';

const TABS = {
  inbox: lazy(() => import('./InboxTab')),
  rules: lazyPage('rules', () => import('../rules/RulesTab')),
};

/** What is wrong, who has it, is it real? */
export default function AlertsPage({ tab }: { tab: AlertTab }) {
  const { t } = useTranslation('alerts');
  const may = useMay();
  const shown = ALERT_TABS.filter((each) => may(...ALERT_NEEDS[each]));
  const Content = TABS[tab];
  return (
    <Needs anyOf={ALERT_NEEDS[tab]} title={t('title')}>
      <PageHeader title={t('title')} />
      <TabLinks label={t('tabs')} items={shown.map((each) => ({ to: to.alerts(each), here: each === tab, text: t(`tab.${each}`) }))} />
      <ErrorBoundary key={tab}>
        <Suspense fallback={<Skeleton aria-busy variant="rounded" height={400} />}><Content /></Suspense>
      </ErrorBoundary>
    </Needs>
  );
}
