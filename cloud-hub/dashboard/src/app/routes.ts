/** Typed links: a page is reached by a function, never by a spelled-out path. */
export const STORE_TABS = ['live', 'sales', 'sensors', 'alarms', 'sync'] as const;
export type StoreTab = (typeof STORE_TABS)[number];
export const ADMIN_TABS = ['people', 'keys', 'audit', 'organization'] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];

export const to = {
  overview: () => '/',
  stores: () => '/stores',
  store: (id: string, tab: StoreTab = 'live') => `/stores/${encodeURIComponent(id)}/${tab}`,
  products: () => '/products',
  admin: (tab?: AdminTab) => (tab ? `/admin/${tab}` : '/admin'),
  account: () => '/account',
  login: (next?: string) => (next && next !== '/' ? `/login?next=${encodeURIComponent(next)}` : '/login'),
};

export function isStoreTab(value: string | undefined): value is StoreTab {
  return STORE_TABS.some((tab) => tab === value);
}

/** Where a sign-in leads back to: only ever a path of this application. */
export function safeNext(value: string | null): string {
  return value && /^\/(?![/\\])/.test(value) ? value : to.overview();
}
