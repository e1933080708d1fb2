import { expect, test } from 'vitest';
import { stateOf } from './key';

const NOW = Date.parse('2026-11-21T12:00:00Z');

test.each([
  [null, null, 'good'],
  ['2027-11-21T12:00:00Z', null, 'good'],
  ['2026-12-05T12:00:00Z', null, 'soon'],
  ['2026-12-05T12:00:01Z', null, 'good'],
  ['2026-11-21T12:00:00Z', null, 'expired'],
  ['2027-11-21T12:00:00Z', '2026-11-01T00:00:00Z', 'revoked'],
] as const)('good until %s, revoked %s: %s', (expires_at, revoked_at, state) => {
  expect(stateOf({ expires_at, revoked_at }, NOW)).toBe(state);
});
