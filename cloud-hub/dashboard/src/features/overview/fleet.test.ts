import { expect, test } from 'vitest';
import { makeWorld, STORE } from '../../testing/world';
import { attention, concernsOf } from './fleet';

const BASE = Date.parse('2026-11-21T15:42:20Z');
const world = () => makeWorld(BASE, BASE);

test('a silent device comes before one with a stuck input, and a device that is well is not named', () => {
  const found = attention(world().devices);
  expect(found.map(({ device, concerns }) => [device.store_id, concerns])).toEqual([
    [STORE.castle, ['silent']],
    [STORE.kirkgate, ['input']],
  ]);
});

test('a buffer is worth a word from four fifths on, an unset clock at once', () => {
  const [well] = world().devices.filter((device) => device.store_id === STORE.fore);
  if (!well) throw new Error('the store has a device');
  expect(concernsOf({ ...well, disk_used: 79, disk_quota: 100 })).toEqual([]);
  expect(concernsOf({ ...well, disk_used: 80, disk_quota: 100 })).toEqual(['disk']);
  expect(concernsOf({ ...well, disk_used: null, disk_quota: 0 })).toEqual([]);
  expect(concernsOf({ ...well, clock: { state: 'unset', offset_ms: null } })).toEqual(['clock']);
  expect(concernsOf({ ...well, status: 'never', clock: { state: 'unset', offset_ms: null } })).toEqual(['never']);
});
