import { expect, test } from 'vitest';
import { makeWorld } from '../../testing/world';
import { readState, select, SORT_KEYS, STATUSES, writeState, type ListState } from './storeList';

const { stores } = makeWorld();
const names = (state: Partial<ListState>) => select([...stores], { ...readState(new URLSearchParams()), ...state }, 'en').map((store) => store.name);

test('every state of the list survives the URL', () => {
  for (const key of SORT_KEYS) {
    for (const direction of ['asc', 'desc'] as const) {
      for (const status of [null, ...STATUSES]) {
        const state: ListState = { search: 'a & b=c', status, sort: { key, direction } };
        expect(readState(new URLSearchParams(writeState(state).toString()))).toEqual(state);
      }
    }
  }
});

test('a URL that somebody typed does no harm', () => {
  expect(readState(new URLSearchParams('status=<b>&sort=constructor:up'))).toEqual({ search: '', status: null, sort: { key: 'name', direction: 'asc' } });
});

test('search, status and order', () => {
  expect(names({ search: 'LEEDS' })).toEqual(['Kirkgate']);
  expect(names({ status: 'offline' })).toEqual(['Castle Park']);
  expect(names({ search: 'nowhere' })).toEqual([]);
  expect(names({ sort: { key: 'sales', direction: 'desc' } })).toEqual(['Fore Street', 'Harbourside', 'Kirkgate', 'Castle Park']);
  expect(names({ sort: { key: 'unsent', direction: 'desc' } })[0]).toBe('Castle Park');
});
