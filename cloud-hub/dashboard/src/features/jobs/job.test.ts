import { expect, test } from 'vitest';
import { formatDuration } from './duration';
import { elapsedMs, fileOf, orderOf, percentOf, sectionsOf } from './job';

test.each([
  [400, '0 sec'],
  [59_999, '59 sec'],
  [60_000, '1 min'],
  [125_000, '2 min 5 sec'],
  [3_600_000, '1 hr'],
  [3_605_000, '1 hr'],
  [7_500_000, '2 hr 5 min'],
  [90_000_000, '1 day 1 hr'],
  [-5_000, '0 sec'],
])('%i ms are %s', (ms, text) => {
  expect(formatDuration(ms, 'en')).toBe(text);
});

test('progress is whole per cent, never more than all, and unknown where the whole is', () => {
  expect(percentOf({ done: 1, total: 3 })).toBe(33);
  expect(percentOf({ done: 999, total: 1_000 })).toBe(99);
  expect(percentOf({ done: 12, total: 10 })).toBe(100);
  expect(percentOf({ done: 5, total: null })).toBeNull();
  expect(percentOf({ done: 0, total: 0 })).toBeNull();
});

test('time runs until the end, or until now; before the start there is none', () => {
  const started_at = '2026-11-21T12:00:00Z';
  const now = Date.parse('2026-11-21T12:05:00Z');
  expect(elapsedMs({ started_at: null, ended_at: null }, now)).toBeNull();
  expect(elapsedMs({ started_at, ended_at: null }, now)).toBe(300_000);
  expect(elapsedMs({ started_at, ended_at: '2026-11-21T12:01:00Z' }, now)).toBe(60_000);
});

test('only what makes a file has one, once it is done', () => {
  expect(fileOf({ kind: 'export', id: 'a/b', state: 'done' })).toBe('/api/v1/exports/a%2Fb/file');
  expect(fileOf({ kind: 'report', id: 'x', state: 'done' })).toBe('/api/v1/reports/x/file');
  expect(fileOf({ kind: 'report', id: 'x', state: 'failed' })).toBeNull();
  expect(fileOf({ kind: 'figures.verify', id: 'x', state: 'done' })).toBeNull();
});

test('an input or a section of another shape is read as far as it goes', () => {
  expect(orderOf({ kind: 7, format: 'doc', store_ids: 'all', day: '' })).toEqual({ kind: null, format: null, stores: [], day: null, from: null, to: null });
  expect(orderOf({ kind: 'sales', format: 'csv', store_ids: ['a', 3], from: '2026-01-01' })).toMatchObject({ kind: 'sales', format: 'csv', stores: ['a'], from: '2026-01-01' });
  expect(sectionsOf([{ heading: 'Sales', rows: 3, totals: [{ column: 'Net', unit: 'GBP', sum: '12.30' }], missing: ['x', 4] }, {}])).toEqual([
    { heading: 'Sales', rows: 3, totals: [{ column: 'Net', unit: 'GBP', sum: '12.30' }], missing: ['x'], notes: [] },
    { heading: '', rows: 0, totals: [], missing: [], notes: [] },
  ]);
});
