import { expect, test } from 'vitest';
import type { Alert } from '../../api';
import { actsOn, actsOnSome, askFor, grouped, isFiltered, NO_FILTER, readFilter, STATES, writeFilter } from './alert';

test('a filter is read from the address as it was written, and the usual one writes nothing', () => {
  const filter = { shown: 'snoozed', severity: 'critical', store: 's', rule: 'r', who: 'none', text: 'fridge door', group: 'store' } as const;
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(writeFilter(NO_FILTER).toString()).toBe('');
  expect(readFilter(new URLSearchParams('show=x&severity=y&group=z'))).toEqual(NO_FILTER);
  expect(isFiltered({ ...NO_FILTER, group: 'rule' })).toBe(false);
  expect(isFiltered({ ...NO_FILTER, text: 'x' })).toBe(true);
});

test('the hub is asked for what wants somebody unless another state is chosen', () => {
  expect(askFor(NO_FILTER, 'maya')).toMatchObject({ state: 'open,acknowledged', assignee: undefined, text: undefined });
  expect(askFor({ ...NO_FILTER, shown: 'all', who: 'me', text: ' a ' }, 'maya')).toMatchObject({ state: undefined, assignee: 'maya', text: 'a' });
  expect(askFor({ ...NO_FILTER, shown: 'resolved', who: 'none' }, 'maya')).toMatchObject({ state: 'resolved', assignee: 'none' });
});

test('what is over can only be reopened, what sleeps can be woken, and many offer what fits one of them', () => {
  expect(actsOn({ state: 'resolved' })).toEqual(['reopen']);
  for (const state of STATES) expect(actsOn({ state }).includes('wake')).toBe(state === 'snoozed' || state === 'suppressed');
  expect(actsOnSome([{ state: 'resolved' }, { state: 'suppressed' }])).toEqual(['wake', 'resolve', 'reopen']);
  expect(actsOnSome([])).toEqual([]);
});

test('groups keep the order of the list', () => {
  const alert = (id: string, store_id: string) => ({ id, store_id }) as Alert;
  const groups = grouped([alert('1', 'b'), alert('2', 'a'), alert('3', 'b')], (each) => each.store_id);
  expect(groups.map((group) => [group.name, group.alerts.map((each) => each.id)])).toEqual([['b', ['1', '3']], ['a', ['2']]]);
});
