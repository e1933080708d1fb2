import { expect, test } from 'vitest';
import { changeOf, suggestPassword, type Draft } from './person';

const ana: Draft = { name: 'Ana', role: 'store_manager', reach: { all: false, stores: ['a', 'b'] } };

test('only what was edited is sent', () => {
  expect(changeOf(ana, ana)).toBeNull();
  expect(changeOf(ana, { ...ana, name: ' Ana ' })).toBeNull();
  expect(changeOf(ana, { ...ana, reach: { all: false, stores: ['b', 'a'] } })).toBeNull();
  expect(changeOf(ana, { ...ana, role: 'viewer' })).toEqual({ role: 'viewer' });
  expect(changeOf(ana, { ...ana, reach: { all: true, stores: ['a'] } })).toEqual({ all_stores: true, store_ids: [] });
  expect(changeOf(ana, { ...ana, reach: { all: false, stores: ['a'] } })).toEqual({ all_stores: false, store_ids: ['a'] });
});

test('a suggested password is read out in groups, and every sign is as likely', () => {
  let state = 7;
  const seeded = (bytes: Uint8Array) => bytes.map(() => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24);
  const seen = new Map<string, number>();
  for (let round = 0; round < 3_000; round++) {
    const password = suggestPassword(seeded);
    expect(password).toMatch(/^[a-zA-Z2-9]{5}(-[a-zA-Z2-9]{5}){3}$/);
    for (const sign of password.replaceAll('-', '')) seen.set(sign, (seen.get(sign) ?? 0) + 1);
  }
  const counts = [...seen.values()];
  expect(seen.size).toBe(55);
  // With the rest of 256 folded back onto the first letters these would come a quarter more often.
  expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.2);
});
