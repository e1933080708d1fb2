import { expect, test } from 'vitest';
import { ADMIN_TABS } from '../../app/routes';
import { GROUPS, groupsFor } from './groups';

test('every section is in exactly one group', () => {
  expect(Object.values(GROUPS).flat().sort()).toEqual([...ADMIN_TABS].sort());
});

test('a group is there as soon as one of its sections may be seen, and holds no other', () => {
  expect(groupsFor((tab) => tab === 'webhooks' || tab === 'audit')).toEqual([
    { group: 'machines', tabs: ['webhooks'] },
    { group: 'system', tabs: ['audit'] },
  ]);
  expect(groupsFor(() => false)).toEqual([]);
});
