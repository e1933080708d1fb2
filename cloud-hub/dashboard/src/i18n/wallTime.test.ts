import { expect, test } from 'vitest';
import { instantOf, wallOf } from './wallTime';

test('a wall clock and an instant are each other’s way back, in every kind of zone', () => {
  expect(instantOf('2026-07-01T09:30', 'Europe/London')).toBe('2026-07-01T08:30:00Z');
  expect(instantOf('2026-11-21T15:42', 'Asia/Kolkata')).toBe('2026-11-21T10:12:00Z');
  expect(instantOf('2026-01-01T00:00', 'America/New_York')).toBe('2026-01-01T05:00:00Z');
  for (const zone of ['Europe/London', 'Asia/Kolkata', 'America/New_York', 'Pacific/Auckland']) {
    expect(wallOf(instantOf('2026-04-15T23:59', zone) ?? '', zone)).toBe('2026-04-15T23:59');
  }
});

test('an hour that is left out becomes the one after it, one that comes twice its first', () => {
  expect(instantOf('2026-03-29T01:30', 'Europe/London')).toBe('2026-03-29T01:30:00Z');
  expect(wallOf('2026-03-29T01:30:00Z', 'Europe/London')).toBe('2026-03-29T02:30');
  expect(instantOf('2026-10-25T01:30', 'Europe/London')).toBe('2026-10-25T00:30:00Z');
});

test('what is no time is none', () => {
  expect([instantOf(''), instantOf('tomorrow'), instantOf('2026-11-21')]).toEqual([null, null, null]);
});
