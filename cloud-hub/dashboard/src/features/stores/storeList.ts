import type { Store } from '../../api';

export const SORT_KEYS = ['name', 'status', 'sales', 'receipts', 'lastSale', 'alarms', 'unsent', 'version'] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export interface Sort {
  key: SortKey;
  direction: 'asc' | 'desc';
}

export const STATUSES = ['live', 'delayed', 'stale', 'offline', 'never'] as const;
export type Status = (typeof STATUSES)[number];

/** The list's state as it stands in the URL, so that Back and a shared link restore it. */
export interface ListState {
  search: string;
  status: Status | null;
  sort: Sort;
}

export function readState(params: URLSearchParams): ListState {
  const status = STATUSES.find((known) => known === params.get('status')) ?? null;
  const [name, direction] = (params.get('sort') ?? '').split(':');
  const key = SORT_KEYS.find((known) => known === name) ?? 'name';
  return { search: params.get('q') ?? '', status, sort: { key, direction: direction === 'desc' ? 'desc' : 'asc' } };
}

export function writeState(state: ListState): URLSearchParams {
  const params = new URLSearchParams();
  if (state.search) params.set('q', state.search);
  if (state.status) params.set('status', state.status);
  if (state.sort.key !== 'name' || state.sort.direction !== 'asc') {
    params.set('sort', `${state.sort.key}:${state.sort.direction}`);
  }
  return params;
}

/** The hub lists all stores at once, so looking among them needs no question. */
export function select(stores: Store[], state: ListState, locale: string): Store[] {
  const wanted = state.search.trim().toLocaleLowerCase(locale);
  const matching = stores.filter((store) => {
    if (state.status && store.metrics.status !== state.status) return false;
    const text = `${store.name} ${store.location.city ?? ''} ${store.location.country ?? ''}`;
    return !wanted || text.toLocaleLowerCase(locale).includes(wanted);
  });
  const turn = state.sort.direction === 'desc' ? -1 : 1;
  const byName = (a: Store, b: Store) => a.name.localeCompare(b.name, locale, { numeric: true });
  return matching.sort((a, b) => turn * compare(a, b, state.sort.key, locale) || byName(a, b));
}

function compare(a: Store, b: Store, key: SortKey, locale: string): number {
  const [x, y] = [a.metrics, b.metrics];
  switch (key) {
    case 'name':
      return a.name.localeCompare(b.name, locale, { numeric: true });
    case 'status':
      return STATUSES.indexOf(x.status) - STATUSES.indexOf(y.status);
    case 'sales':
      return Number(x.sales_today.amount) - Number(y.sales_today.amount);
    case 'receipts':
      return x.receipts_today - y.receipts_today;
    case 'lastSale':
      return (x.last_sale_at ?? '').localeCompare(y.last_sale_at ?? '');
    case 'alarms':
      return x.open_alarms - y.open_alarms;
    case 'unsent':
      return x.unsent - y.unsent;
    case 'version':
      return (x.agent_version ?? '').localeCompare(y.agent_version ?? '', undefined, { numeric: true });
  }
}
