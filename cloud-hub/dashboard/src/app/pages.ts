import type { Permission } from '../api/permissions';
import type { IconName } from '../ui/icons';
import { to, type AdminTab, type AlertTab, type ReportTab } from './routes';

/** A page that can be gone to by name. */
export interface Page {
  name: 'overview' | 'stores' | 'products' | 'search' | 'alerts' | 'cases' | 'reports' | 'jobs' | 'admin' | 'account';
  path: string;
  icon: IconName;
  /** Shown to whoever holds one of these; nothing is asked when there is none. */
  needs: readonly Permission[];
  /** In the main navigation; the others have their own place. */
  main: boolean;
}

export const ADMIN_NEEDS: Record<AdminTab, readonly Permission[]> = {
  people: ['users.read'],
  providers: ['keys.write'],
  keys: ['keys.write'],
  clients: ['keys.write'],
  webhooks: ['webhooks.read'],
  routes: ['rules.write'],
  mails: ['users.write'],
  privacy: ['privacy.manage'],
  retention: ['privacy.manage'],
  system: ['system.read'],
  audit: ['audit.read'],
  organization: ['organization.read'],
};

export const ALERT_NEEDS: Record<AlertTab, readonly Permission[]> = {
  inbox: ['alerts.read'],
  rules: ['alerts.read'],
};

export const REPORT_NEEDS: Record<ReportTab, readonly Permission[]> = {
  gallery: ['reports.read'],
  schedules: ['jobs.read'],
  exports: ['exports.create'],
};

export const PAGES: readonly Page[] = [
  { name: 'overview', path: to.overview(), icon: 'overview', needs: [], main: true },
  { name: 'stores', path: to.stores(), icon: 'stores', needs: ['stores.read'], main: true },
  { name: 'products', path: to.products(), icon: 'tag', needs: ['catalog.read'], main: true },
  { name: 'search', path: to.search(), icon: 'search', needs: ['sales.read'], main: true },
  { name: 'alerts', path: to.alerts(), icon: 'bell', needs: ['alerts.read'], main: true },
  { name: 'cases', path: to.cases(), icon: 'folder', needs: ['cases.read'], main: true },
  { name: 'reports', path: to.reports(), icon: 'report', needs: ['reports.read', 'exports.create'], main: true },
  { name: 'jobs', path: to.jobs(), icon: 'sync', needs: ['jobs.read'], main: true },
  // Not by organization.read: everybody may read its name, and a page of that alone is no administration.
  { name: 'admin', path: to.admin(), icon: 'shield', needs: ['users.read', 'keys.write', 'audit.read', 'organization.write', 'rules.write', 'system.read'], main: true },
  { name: 'account', path: to.account(), icon: 'person', needs: [], main: false },
];

/** Whether an address belongs to a page. */
export function isWithin(page: Page, pathname: string): boolean {
  return page.path === '/' ? pathname === '/' : pathname === page.path || pathname.startsWith(`${page.path}/`);
}
