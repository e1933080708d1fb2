import type { Key } from '../../../api';

/** What never goes into a key: it asks for a person, not for a program. The hub refuses them, too. */
export const PEOPLE_ONLY: ReadonlySet<string> = new Set(['self', 'users.write', 'keys.write', 'cases.close', 'privacy.manage', 'organization.write']);

/** A key is shown with each request; a client trades its secret for tokens that are. */
export type MachineKind = 'keys' | 'clients';

const SOON_MS = 14 * 86_400_000;

export type KeyState = 'good' | 'soon' | 'expired' | 'revoked';

/** How a key stands at `now`, hub time. */
export function stateOf(key: Pick<Key, 'revoked_at' | 'expires_at'>, now: number): KeyState {
  if (key.revoked_at) return 'revoked';
  if (!key.expires_at) return 'good';
  const left = Date.parse(key.expires_at) - now;
  return left <= 0 ? 'expired' : left <= SOON_MS ? 'soon' : 'good';
}
