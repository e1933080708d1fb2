import { expect, test } from 'vitest';
import { freshnessOf } from '../ui/freshness';
import { backoffMs, linkState, type LinkFacts } from './link';

const open: LinkFacts = { phase: 'open', heardAt: 100_000, lostAt: null, retryAt: null };

test('silence turns a live link delayed, then stale', () => {
  expect(linkState({ ...open, heardAt: null, phase: 'connecting' }, 0)).toBe('connecting');
  expect(linkState(open, 120_000)).toBe('live');
  expect(linkState(open, 120_001)).toBe('delayed');
  expect(linkState(open, 160_001)).toBe('stale');
});

test('a cut shows between one and three seconds later, and stays until an answer comes', () => {
  const cut: LinkFacts = { ...open, phase: 'closed', lostAt: 101_000 };
  expect(linkState(cut, 101_900)).toBe('live');
  expect(linkState(cut, 102_500)).toBe('offline');
  expect(linkState({ ...cut, phase: 'connecting' }, 109_000)).toBe('offline');
  expect(linkState({ ...cut, phase: 'open', heardAt: 110_000, lostAt: null }, 110_001)).toBe('live');
});

test('attempts are spread and never more than 15 seconds apart', () => {
  for (let attempt = 0; attempt < 40; attempt++) {
    expect(backoffMs(attempt, 1)).toBeLessThanOrEqual(15_000);
    expect(backoffMs(attempt, 0)).toBeGreaterThanOrEqual(250);
  }
});

test('a number is delayed after a minute, stale after five, and offline with the link', () => {
  const asOf = '2026-11-21T15:00:00Z';
  const at = (seconds: number) => Date.parse(asOf) + seconds * 1_000;
  expect(freshnessOf(asOf, 'live', at(60))).toBe('live');
  expect(freshnessOf(asOf, 'live', at(61))).toBe('delayed');
  expect(freshnessOf(asOf, 'live', at(300))).toBe('delayed');
  expect(freshnessOf(asOf, 'live', at(301))).toBe('stale');
  expect(freshnessOf(asOf, 'offline', at(0))).toBe('offline');
  expect(freshnessOf(asOf, 'stale', at(0))).toBe('stale');
  expect(freshnessOf(null, 'live', at(0))).toBe('never');
});
