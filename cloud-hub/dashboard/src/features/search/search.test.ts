import { expect, test } from 'vitest';
import { askFor, faultsOf, isEmpty, onlyOf, readSearch, withinDays, writeSearch } from './search';

const params = 'store=a&number=48120&kind=void&min=-5&from=2026-07-01T09%3A00&to=2026-07-01T10%3A00';

test('the address is the filter, there and back', () => {
  const search = readSearch(new URLSearchParams(params));
  expect(writeSearch(search).toString()).toBe(params);
  expect([isEmpty(search), isEmpty(readSearch(new URLSearchParams('x=1')))]).toEqual([false, true]);
});

test('the hub is asked for instants by the clocks of the stores, and for no kind that it does not know', () => {
  const search = readSearch(new URLSearchParams(params));
  expect(askFor(search, 'Europe/London', 'p')).toEqual({
    storeId: 'a', receiptNumber: '48120', register: undefined, cashier: undefined, kind: 'void', productId: 'p', minTotal: '-5', maxTotal: undefined,
    from: '2026-07-01T08:00:00Z', to: '2026-07-01T09:00:00Z',
  });
  expect(askFor({ ...search, kind: 'theft' }, undefined, undefined).kind).toBeUndefined();
});

test('what cannot be asked is named, and what an export is narrowed by', () => {
  const search = readSearch(new URLSearchParams(params));
  expect(faultsOf({ ...search, min: '1,50', to: search.from }, 'Europe/London')).toEqual(['min', 'to']);
  expect(faultsOf(search, 'Europe/London')).toEqual([]);
  expect(onlyOf(search, 'p')).toEqual({ product_id: 'p', receipt_number: '48120', kind: 'void', min_total: '-5' });
  expect(withinDays(search)).toBe(true);
  const days = readSearch(new URLSearchParams('store=a&from=2026-07-01T00:00&to=2026-07-03T00:00'));
  expect([onlyOf(days, undefined), withinDays(days)]).toEqual([null, false]);
});
