import Skeleton from '@mui/material/Skeleton';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useParams } from 'react-router';
import { Needs } from '../../app/Needs';
import { ADMIN_NEEDS, PAGES } from '../../app/pages';
import { ADMIN_TABS, to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { lazyPage } from '../../i18n/lazyPage';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { PageHeader } from '../../ui/PageHeader';
import { TabLinks } from '../../ui/TabLinks';

const TABS = {
  people: lazy(() => import('./people/PeopleTab')),
  keys: lazy(() => import('./keys/KeysTab')),
  webhooks: lazyPage('office', () => import('./webhooks/WebhooksTab')),
  privacy: lazyPage('office', () => import('./privacy/PrivacyTab')),
  retention: lazyPage('office', () => import('./privacy/RetentionTab')),
  audit: lazy(() => import('./audit/AuditTab')),
  organization: lazy(() => import('./OrganizationTab')),
};
const NEEDS = PAGES.find((page) => page.name === 'admin')?.needs ?? [];

/** Who may do what and where, which programs too, and what was done. */
export default function AdminPage() {
  const { t } = useTranslation('admin');
  const may = useMay();
  const asked = useParams().tab;
  const shown = ADMIN_TABS.filter((tab) => may(...ADMIN_NEEDS[tab]));
  const tab = ADMIN_TABS.find((each) => each === asked);
  const first = shown[0];
  if (!tab && first && may(...NEEDS)) return <Navigate to={to.admin(first)} replace />;
  const Content = tab ? TABS[tab] : null;
  return (
    <Needs anyOf={tab ? ADMIN_NEEDS[tab] : NEEDS} title={t('title')}>
      <PageHeader title={t('title')} />
      <TabLinks label={t('tabs')} items={shown.map((each) => ({ to: to.admin(each), here: each === tab, text: t(`tab.${each}`) }))} />
      <ErrorBoundary key={tab}>
        <Suspense fallback={<Skeleton aria-busy variant="rounded" height={400} />}>{Content && <Content />}</Suspense>
      </ErrorBoundary>
    </Needs>
  );
}
