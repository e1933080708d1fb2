import { expect, test } from 'vitest';
import { conditionOf, draftOf, durationOf, minutesOf, NEW } from './condition';

test.each([
  ['PT10M', 10],
  ['PT1H30M', 90],
  ['P1DT2H', 1_560],
  ['PT90S', 1.5],
  ['PT0S', 0],
  ['10M', null],
  ['P', null],
  [600, null],
])('%s is %s minutes', (iso, minutes) => {
  expect(minutesOf(iso)).toBe(minutes);
});

test('minutes come back as they went, to the second', () => {
  for (const minutes of [0, 1, 1.5, 30, 1_440]) expect(minutesOf(durationOf(minutes))).toBe(minutes);
});

test.each([
  { kind: 'threshold', measure: 'temperature', op: 'above', value: 8, for: 'PT30M', hysteresis: 0.5, hold: 'PT15M' },
  { kind: 'rate', measure: 'refund', of: 'count', op: 'above', value: 10, per: 'PT240M' },
  { kind: 'absence', measure: 'heard', for: 'PT20M' },
  { kind: 'score', model: 'coldchain', min: 0.8, hysteresis: 0 },
])('a $kind goes through its form unchanged', (condition) => {
  expect(conditionOf(draftOf(condition))).toEqual(condition);
});

test('what is missing or no number makes no condition', () => {
  expect(conditionOf(NEW)).toBeNull();
  expect(conditionOf({ ...NEW, value: 'warm' })).toBeNull();
  expect(conditionOf({ ...NEW, value: '5', measure: ' ' })).toBeNull();
  expect(conditionOf({ ...NEW, value: '5', hysteresis: 'x' })).toBeNull();
  expect(conditionOf({ ...NEW, value: '-18' })).toMatchObject({ value: -18 });
});
