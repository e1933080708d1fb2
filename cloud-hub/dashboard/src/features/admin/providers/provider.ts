import type { Admits, ClientMethod, IdentityProvider, IdentityProviderChange, NewIdentityProvider, Role } from '../../../api';
import { isComplete, sameReach, type Reach } from '../Reach';

export const METHODS: readonly ClientMethod[] = ['basic', 'post', 'none'];
export const ADMITS: readonly Admits[] = ['invited', 'domain'];

/** What can be written of a sign-in service. */
export interface Draft {
  name: string;
  issuer: string;
  clientId: string;
  method: ClientMethod;
  /** Empty keeps what the hub has. */
  secret: string;
  domains: string;
  admits: Admits;
  role: Role;
  reach: Reach;
}

export const NEW: Draft = { name: '', issuer: 'https://', clientId: '', method: 'basic', secret: '', domains: '', admits: 'invited', role: 'viewer', reach: { all: true, stores: [] } };

export function draftOf(provider: IdentityProvider): Draft {
  return {
    name: provider.name,
    issuer: provider.issuer,
    clientId: provider.client_id,
    method: provider.method,
    secret: '',
    domains: provider.domains.join(', '),
    admits: provider.admits,
    role: provider.role,
    reach: { all: provider.all_stores, stores: provider.store_ids },
  };
}

/** Domains as they were typed, one by one. */
export function domainsOf(text: string): string[] {
  return text.split(/[\s,;]+/).map((each) => each.toLowerCase()).filter(Boolean);
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/;

/** The first thing that was typed for a domain and is none. */
export function wrongDomain(text: string): string | null {
  return domainsOf(text).find((each) => !DOMAIN.test(each)) ?? null;
}

export type Lack = 'name' | 'issuer' | 'client' | 'secret' | 'domains' | 'reach';

/** What is missing before the hub is asked; `kept` says whether it has a secret already. */
export function lacksOf(draft: Draft, kept: boolean): Set<Lack> {
  const lacks = new Set<Lack>();
  if (!draft.name.trim()) lacks.add('name');
  if (!/^https?:\/\/[^\s/]/.test(draft.issuer.trim())) lacks.add('issuer');
  if (!draft.clientId.trim()) lacks.add('client');
  if (draft.method !== 'none' && !draft.secret && !kept) lacks.add('secret');
  if (wrongDomain(draft.domains)) lacks.add('domains');
  // Where nobody new is added, nobody reaches anything by it.
  if (draft.admits === 'domain' && !isComplete(draft.reach)) lacks.add('reach');
  return lacks;
}

export function newOf(draft: Draft): NewIdentityProvider {
  return {
    name: draft.name.trim(),
    issuer: draft.issuer.trim(),
    client_id: draft.clientId.trim(),
    ...(draft.method !== 'none' && { client_secret: draft.secret }),
    method: draft.method,
    domains: domainsOf(draft.domains),
    admits: draft.admits,
    role: draft.role,
    all_stores: draft.reach.all,
    store_ids: draft.reach.all ? [] : [...draft.reach.stores],
  };
}

/** Only what differs from how the service was read: what somebody else changes beside it is not touched. */
export function changeOf(read: IdentityProvider, draft: Draft): IdentityProviderChange | null {
  const before = draftOf(read);
  const next = newOf(draft);
  const change: IdentityProviderChange = {};
  if (next.name !== before.name) change.name = next.name;
  if (next.issuer !== before.issuer) change.issuer = next.issuer;
  if (next.client_id !== before.clientId) change.client_id = next.client_id;
  if (next.method !== before.method) change.method = next.method;
  if (next.admits !== before.admits) change.admits = next.admits;
  if (next.role !== before.role) change.role = next.role;
  if ([...next.domains].sort().join() !== [...read.domains].sort().join()) change.domains = next.domains;
  if (!sameReach(draft.reach, before.reach)) {
    change.all_stores = next.all_stores;
    change.store_ids = next.store_ids;
  }
  // A public client has no secret, and a kept one would be refused.
  if (draft.method === 'none' && read.has_secret) change.client_secret = null;
  if (draft.method !== 'none' && draft.secret) change.client_secret = draft.secret;
  return Object.keys(change).length > 0 ? change : null;
}
