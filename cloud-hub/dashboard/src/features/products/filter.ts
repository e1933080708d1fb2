/** The catalog's filter as it stands in the URL. */
export interface ProductFilter {
  search: string;
  group: string;
  listing: Listing;
  store: string;
}

export const LISTINGS = ['listed', 'retired', 'all'] as const;
export type Listing = (typeof LISTINGS)[number];

export function readFilter(params: URLSearchParams): ProductFilter {
  const listing = LISTINGS.find((each) => each === params.get('show')) ?? 'listed';
  return { search: params.get('q') ?? '', group: params.get('group') ?? '', listing, store: params.get('store') ?? '' };
}

export function writeFilter({ search, group, listing, store }: ProductFilter): URLSearchParams {
  const given: [string, string][] = [['q', search], ['group', group], ['show', listing === 'listed' ? '' : listing], ['store', store]];
  return new URLSearchParams(given.filter(([, value]) => value !== ''));
}

const RETIRED: Record<Listing, string | undefined> = { listed: undefined, retired: 'true', all: 'all' };

/** As the hub is asked: it looks for letters and digits, and refuses a search that has none. */
export function askFor({ search, group, listing, store }: ProductFilter) {
  return {
    search: /[\p{L}\p{N}]/u.test(search) ? search.trim() : undefined,
    group: group || undefined,
    retired: RETIRED[listing],
    storeId: store || undefined,
  };
}
