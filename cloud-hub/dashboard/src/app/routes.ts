/** Typed links: a page is reached by a function, never by a spelled-out path. */
export const STORE_TABS = ['live', 'sales', 'sensors', 'alarms', 'sync'] as const;
export type StoreTab = (typeof STORE_TABS)[number];
export const ADMIN_TABS = ['people', 'providers', 'keys', 'clients', 'webhooks', 'routes', 'mails', 'privacy', 'retention', 'system', 'audit', 'organization'] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];
export const ALERT_TABS = ['inbox', 'rules'] as const;
export type AlertTab = (typeof ALERT_TABS)[number];
export const REPORT_TABS = ['gallery', 'schedules', 'exports'] as const;
export type ReportTab = (typeof REPORT_TABS)[number];

export const to = {
  overview: () => '/',
  stores: () => '/stores',
  store: (id: string, tab: StoreTab = 'live') => `/stores/${encodeURIComponent(id)}/${tab}`,
  products: () => '/products',
  search: () => '/sales',
  alerts: (tab?: AlertTab) => (tab ? `/alerts/${tab}` : '/alerts'),
  alert: (id: string) => `/alerts/inbox?alert=${encodeURIComponent(id)}`,
  cases: () => '/cases',
  case: (id: string) => `/cases/${encodeURIComponent(id)}`,
  reports: (tab?: ReportTab) => (tab ? `/reports/${tab}` : '/reports'),
  jobs: (id?: string) => (id ? `/jobs?job=${encodeURIComponent(id)}` : '/jobs'),
  admin: (tab?: AdminTab) => (tab ? `/admin/${tab}` : '/admin'),
  account: () => '/account',
  forgot: () => '/forgot',
  /** Sign-in, after a way over a sign-in service that failed. */
  loginAfter: (sso: string) => `/login?sso=${encodeURIComponent(sso)}`,
  login: (next?: string) => (next && next !== '/' ? `/login?next=${encodeURIComponent(next)}` : '/login'),
};

export function isStoreTab(value: string | undefined): value is StoreTab {
  return STORE_TABS.some((tab) => tab === value);
}

/** Where a sign-in leads back to: only ever a path of this application. */
export function safeNext(value: string | null): string {
  return value && /^\/(?![/\\])/.test(value) ? value : to.overview();
}
