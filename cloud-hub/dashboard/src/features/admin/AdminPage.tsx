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
import { SubLinks } from '../../ui/SubLinks';
import { TabLinks } from '../../ui/TabLinks';
import { groupsFor } from './groups';

const TABS = {
  people: lazy(() => import('./people/PeopleTab')),
  providers: lazyPage('access', () => import('./providers/ProvidersTab')),
  keys: lazy(() => import('./keys/KeysTab')),
  clients: lazy(() => import('./keys/ClientsTab')),
  webhooks: lazyPage('office', () => import('./webhooks/WebhooksTab')),
  routes: lazyPage(['routing', 'rules', 'alerts'], () => import('./routing/RoutesTab')),
  mails: lazyPage('routing', () => import('./mails/MailsTab')),
  privacy: lazyPage('office', () => import('./privacy/PrivacyTab')),
  retention: lazyPage('office', () => import('./privacy/RetentionTab')),
  system: lazyPage('system', () => import('./system/SystemTab')),
  audit: lazy(() => import('./audit/AuditTab')),
  organization: lazy(() => import('./OrganizationTab')),
};
const NEEDS = PAGES.find((page) => page.name === 'admin')?.needs ?? [];

/** Who may do what and where, which programs too, who is told, what is kept, and how the hub itself is. */
export default function AdminPage() {
  const { t } = useTranslation('admin');
  const may = useMay();
  const asked = useParams().tab;
  const groups = groupsFor((tab) => may(...ADMIN_NEEDS[tab]));
  const tab = ADMIN_TABS.find((each) => each === asked);
  const first = groups[0]?.tabs[0];
  if (!tab && first && may(...NEEDS)) return <Navigate to={to.admin(first)} replace />;
  const Content = tab ? TABS[tab] : null;
  const here = groups.find(({ tabs }) => tab && tabs.includes(tab));
  return (
    <Needs anyOf={tab ? ADMIN_NEEDS[tab] : NEEDS} title={t('title')}>
      <PageHeader title={t('title')} />
      <TabLinks label={t('tabs')} items={groups.map(({ group, tabs }) => ({ to: to.admin(tabs[0]), here: group === here?.group, text: t(`group.${group}`) }))} />
      {here && here.tabs.length > 1 && (
        <SubLinks
          label={t('tabsOf', { group: t(`group.${here.group}`) })}
          items={here.tabs.map((each) => ({ to: to.admin(each), here: each === tab, text: t(`tab.${each}`) }))}
        />
      )}
      <ErrorBoundary key={tab}>
        <Suspense fallback={<Skeleton aria-busy variant="rounded" height={400} />}>{Content && <Content />}</Suspense>
      </ErrorBoundary>
    </Needs>
  );
}
