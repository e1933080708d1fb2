import type { AdminTab } from '../../app/routes';

/** The sections of administration by what they are about: one row of all of them would be too long to find anything in. */
export const GROUPS = {
  access: ['people', 'providers'],
  machines: ['keys', 'clients', 'webhooks'],
  messages: ['routes', 'mails'],
  data: ['privacy', 'retention'],
  system: ['system', 'audit', 'organization'],
} as const satisfies Record<string, readonly AdminTab[]>;
export type Group = keyof typeof GROUPS;

/** A group with those of its sections that somebody may see. */
export interface ShownGroup {
  group: Group;
  tabs: AdminTab[];
}

/** The groups that have something for whoever looks, each with its sections. */
export function groupsFor(may: (tab: AdminTab) => boolean): ShownGroup[] {
  const groups = (Object.keys(GROUPS) as Group[]).map((group) => ({ group, tabs: (GROUPS[group] as readonly AdminTab[]).filter(may) }));
  return groups.filter(({ tabs }) => tabs.length > 0);
}
