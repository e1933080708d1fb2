import { expect, test } from 'vitest';
import { askFor, readFilter, writeFilter } from './filter';
import { digitsOf, standing } from './price';

test('the filter survives the address, and what is usual is not in it', () => {
  const filter = { search: 'milk 2', group: 'Food/Dairy', listing: 'all' as const, store: 'a' };
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(writeFilter({ search: '', group: '', listing: 'listed', store: '' }).toString()).toBe('');
  expect(readFilter(new URLSearchParams('show=nonsense')).listing).toBe('listed');
});

test('signs alone are not asked for: the hub would refuse them', () => {
  expect(askFor({ search: ' - ', group: '', listing: 'listed', store: '' })).toEqual({});
  expect(askFor({ search: ' œuf ', group: 'Food', listing: 'retired', store: 'a' })).toEqual({ search: 'œuf', group: 'Food', retired: 'true', storeId: 'a' });
});

test('a price keeps the digits it was entered with', () => {
  expect(['1', '1.5', '1.50', '0.1234'].map(digitsOf)).toEqual([undefined, undefined, undefined, 4]);
});

test('a price holds from its first instant to its last, excluded', () => {
  const price = { valid_from: '2026-11-01T00:00:00Z', valid_to: '2026-12-01T00:00:00Z' };
  const at = (text: string) => standing(price, Date.parse(text));
  expect([at('2026-10-31T23:59:59Z'), at(price.valid_from), at('2026-11-30T23:59:59Z'), at(price.valid_to)]).toEqual(['coming', 'holds', 'holds', 'over']);
  expect(standing({ ...price, valid_to: null }, Date.parse('2030-01-01T00:00:00Z'))).toBe('holds');
});
