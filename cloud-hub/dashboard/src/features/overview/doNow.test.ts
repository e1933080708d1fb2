import { expect, test } from 'vitest';
import { makeWorld, STORE } from '../../testing/world';
import { tasksOf } from './doNow';

const BASE = Date.parse('2026-11-21T15:42:20Z');

test('danger to goods comes first, then silent stores, then what can wait', () => {
  const { stores, alarms, devices } = makeWorld(BASE, BASE);
  const tasks = tasksOf(stores, alarms, devices, BASE);
  expect(tasks.map((task) => `${task.tone} ${task.kind} ${task.store}`)).toEqual([
    'bad alarm Fore Street',
    'bad offline Castle Park',
    'warn alarm Kirkgate',
    'warn alarm Fore Street',
    'warn loss Kirkgate',
    'warn backlog Kirkgate',
    'warn dead_letters Kirkgate',
  ]);
});

test('a batch on its way is no task, an old one is, however small', () => {
  const { stores } = makeWorld(BASE, BASE);
  const fore = stores.filter((store) => store.id === STORE.fore);
  expect(tasksOf(fore, [], [], BASE)).toEqual([]);
  expect(tasksOf(fore, [], [], BASE + 6 * 60_000).map((task) => task.kind)).toEqual(['backlog']);
});

test('lost money outranks thinned readings; cleared alarms are gone', () => {
  const { stores, alarms, devices } = makeWorld(BASE, BASE);
  const device = devices.find((each) => each.losses.length > 0);
  const [loss] = device?.losses ?? [];
  if (!device || !loss) throw new Error('the world has no loss');
  const lost = [{ ...device, losses: [{ ...loss, reason: 'dropped' as const }], dead_letters: 0 }];
  const cleared = alarms.map((alarm) => ({ ...alarm, cleared_at: alarm.raised_at }));
  expect(tasksOf(stores.filter((store) => store.id === STORE.harbour), cleared, lost, BASE).map((task) => task.tone)).toEqual(['bad']);
});
