import type { Person, PersonChange } from '../../../api';
import { sameReach, type Reach } from '../Reach';

/** How a person is spoken of: by name, or by the e-mail where none was given. */
export function calledAs(person: Pick<Person, 'name' | 'email'>): string {
  return person.name || person.email;
}

/** What can be edited of a person. */
export interface Draft {
  name: string;
  role: Person['role'];
  reach: Reach;
}

export function draftOf(person: Person): Draft {
  return { name: person.name, role: person.role, reach: { all: person.all_stores, stores: person.store_ids } };
}

/** Only what differs from how the person was read: what somebody else changes beside it is not touched. */
export function changeOf(before: Draft, draft: Draft): PersonChange | null {
  const change: PersonChange = {};
  if (draft.name.trim() !== before.name) change.name = draft.name.trim();
  if (draft.role !== before.role) change.role = draft.role;
  if (!sameReach(draft.reach, before.reach)) {
    change.all_stores = draft.reach.all;
    change.store_ids = draft.reach.all ? [] : [...draft.reach.stores];
  }
  return Object.keys(change).length > 0 ? change : null;
}

const LETTERS = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A first password that nobody guesses: 20 signs that are not mistaken for each other, in groups that can be read out. */
export function suggestPassword(random: (bytes: Uint8Array) => Uint8Array): string {
  let signs = '';
  while (signs.length < 20) {
    for (const byte of random(new Uint8Array(32))) {
      // Bytes beyond a multiple of the alphabet would favour its first letters.
      if (byte < LETTERS.length * Math.floor(256 / LETTERS.length) && signs.length < 20) signs += LETTERS[byte % LETTERS.length];
    }
  }
  return signs.match(/.{5}/g)?.join('-') ?? signs;
}
