import { expect, test, vi } from 'vitest';
import { dropView, keepView, viewsOf } from './views';

test('views are kept by page and person, and one of the same name gives way', () => {
  keepView('maya', 'stores', { name: 'Offline', search: 'status=offline' });
  keepView('maya', 'stores', { name: 'Big', search: 'sort=sales%3Adesc' });
  keepView('maya', 'stores', { name: 'Offline', search: 'status=stale' });
  keepView('maya', 'alarms', { name: 'All', search: 'show=all' });
  expect(viewsOf('maya', 'stores')).toEqual([
    { name: 'Big', search: 'sort=sales%3Adesc' },
    { name: 'Offline', search: 'status=stale' },
  ]);
  expect(viewsOf('tom', 'stores')).toEqual([]);
  dropView('maya', 'stores', 'Big');
  expect(viewsOf('maya', 'stores').map((view) => view.name)).toEqual(['Offline']);
  expect(viewsOf('maya', 'alarms')).toHaveLength(1);
});

test.each(['no json', '[]', 'null', '{"stores":7}', '{"stores":[null,{"name":3},{"name":"","search":""}]}'])('what is broken is left out: %s', (kept) => {
  localStorage.setItem('vyavs.views.maya', kept);
  expect(viewsOf('maya', 'stores')).toEqual([]);
  expect(keepView('maya', 'stores', { name: 'A', search: 'q=a' })).toBe(true);
  expect(viewsOf('maya', 'stores')).toEqual([{ name: 'A', search: 'q=a' }]);
});

test('a browser that keeps nothing is said, not hidden; and there is an end to how many', () => {
  vi.stubGlobal('localStorage', {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  });
  expect(keepView('maya', 'stores', { name: 'A', search: '' })).toBe(false);
  vi.unstubAllGlobals();
  for (let n = 0; n < 50; n++) expect(keepView('maya', 'stores', { name: `v${n}`, search: '' })).toBe(true);
  expect(keepView('maya', 'stores', { name: 'one more', search: '' })).toBe(false);
});
