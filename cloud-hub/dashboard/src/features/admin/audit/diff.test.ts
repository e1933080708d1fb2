import { expect, test } from 'vitest';
import { changedIn, statusOf } from './diff';

test('only what differs is a change, however deep it stands', () => {
  const before = { role: 'viewer', all_stores: false, store_ids: ['a', 'b'], limits: { day: 3, night: 1 } };
  const after = { role: 'viewer', all_stores: false, store_ids: ['a'], limits: { day: 4, night: 1 } };
  expect(changedIn({ before, after })).toEqual([
    { path: 'store_ids', before: 'a, b', after: 'a' },
    { path: 'limits.day', before: '3', after: '4' },
  ]);
});

test('what was made shows all it is, what was taken away all it was', () => {
  expect(changedIn({ after: { name: 'ERP', expires_at: null } })).toEqual([
    { path: 'name', before: undefined, after: 'ERP' },
    { path: 'expires_at', before: undefined, after: 'null' },
  ]);
  expect(changedIn({ before: { name: 'ERP' } })).toEqual([{ path: 'name', before: 'ERP', after: undefined }]);
  expect(changedIn({ after: 3 })).toEqual([{ path: '', before: undefined, after: '3' }]);
});

test('an entry that names no values, or is no entry, has no change', () => {
  for (const entry of [{}, { before: {}, after: {} }, null, 'unreadable', 7]) expect(changedIn(entry)).toEqual([]);
});

test('a status is one of HTTP, or none', () => {
  expect(statusOf({ status: 403 })).toBe(403);
  for (const entry of [{ status: 0 }, { status: '403' }, {}, null, 'unreadable']) expect(statusOf(entry)).toBeNull();
});
