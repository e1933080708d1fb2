import type { LineFilter } from '../../api';
import { instantOf } from '../../i18n/wallTime';
import { isSigned } from '../products/amount';

export const KINDS = ['sale', 'return', 'void', 'training', 'adjustment'] as const;

/** The filter of sold lines, by its names in the address; times as the clocks of the stores show them. */
export const KEYS = ['store', 'number', 'till', 'cashier', 'kind', 'product', 'min', 'max', 'from', 'to'] as const;
export type Key = (typeof KEYS)[number];
export type Search = Record<Key, string>;

export function readSearch(params: URLSearchParams): Search {
  return Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? ''])) as Search;
}

export function writeSearch(search: Search): URLSearchParams {
  return new URLSearchParams(KEYS.filter((key) => search[key] !== '').map((key) => [key, search[key]]));
}

export function isEmpty(search: Search): boolean {
  return KEYS.every((key) => search[key] === '');
}

/** Fields that cannot be asked for as they stand. */
export function faultsOf(search: Search, zone?: string): Key[] {
  const faults: Key[] = (['min', 'max'] as const).filter((key) => search[key] !== '' && !isSigned(search[key]));
  const [from, to] = [instantOf(search.from, zone), instantOf(search.to, zone)];
  if (from && to && from >= to) faults.push('to');
  return faults;
}

/** As the hub is asked; the product is found out first. */
export function askFor(search: Search, zone: string | undefined, productId: string | undefined) {
  const given = (key: Key) => search[key].trim() || undefined;
  return {
    storeId: given('store'),
    receiptNumber: given('number'),
    register: given('till'),
    cashier: given('cashier'),
    kind: KINDS.find((each) => each === search.kind),
    productId,
    minTotal: given('min'),
    maxTotal: given('max'),
    from: instantOf(search.from, zone) ?? undefined,
    to: instantOf(search.to, zone) ?? undefined,
  };
}

/** Of the lines of whole business days, what an export is to hold; null for all of them. */
export function onlyOf(search: Search, productId: string | undefined): LineFilter | null {
  const asked = askFor(search, undefined, productId);
  const only: LineFilter = {
    product_id: asked.productId,
    register: asked.register,
    cashier: asked.cashier,
    receipt_number: asked.receiptNumber,
    kind: asked.kind,
    min_total: asked.minTotal,
    max_total: asked.maxTotal,
  };
  return Object.values(only).some((each) => each !== undefined) ? only : null;
}

/** Whether the search begins or ends within a day, which an export cannot: it takes business days as a whole. */
export function withinDays(search: Search): boolean {
  return [search.from, search.to].some((at) => at !== '' && !at.endsWith('T00:00'));
}
