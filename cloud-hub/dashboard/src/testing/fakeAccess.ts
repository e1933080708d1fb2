import type { HealthDetail, IdentityProvider, Key } from '../api';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const STEP_UP = no(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
const bad = (detail: string) => no(400, 'bad-parameter', 'A parameter is not valid', detail);

export const PROVIDERS = { entra: id(70, 1), okta: id(70, 2) };

/** Sign-in services, machine clients and the health of the fake hub. A service confirms everybody who is sent there, at once. */
export class FakeAccess {
  providers: (IdentityProvider & { version: number })[];
  /** What services were given; never answered. */
  readonly secrets = new Map<string, string>();
  clients: Key[];
  health: Omit<HealthDetail, 'as_of'>;
  /** Whose account was linked where. */
  links: [user: string, provider: string][] = [];
  /** The word that the next way over a service ends with, where it fails. */
  fails: string | null = null;

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const provider = (key: string, name: string, part: Partial<IdentityProvider>): IdentityProvider & { version: number } => ({
      id: key, name, issuer: 'https://login.example.com/realms/shop', client_id: 'vyavs-hub', method: 'basic', has_secret: true, domains: ['shop.example'], admits: 'invited', role: 'viewer', all_stores: true, store_ids: [],
      redirect_uri: this.redirect(key), disabled_at: null, created_at: at(60 * DAY), as_of: at(0), version: 1, ...part,
    });
    this.providers = [
      provider(PROVIDERS.entra, 'Entra ID', {}),
      provider(PROVIDERS.okta, 'Okta', { issuer: 'https://corner.okta.example', method: 'none', has_secret: false, domains: ['corner.example'], admits: 'domain', role: 'store_manager', all_stores: false, store_ids: [STORE.fore], disabled_at: at(3 * DAY) }),
    ];
    const client = (n: number, name: string, permissions: string[], expires: number, used: number | null, revoked: number | null): Key => ({
      id: id(71, n), public_id: `vyc_3zr8d1s9tq6w2x${n}`, name, permissions: permissions as Key['permissions'], all_stores: n !== 2, store_ids: n === 2 ? [STORE.fore] : [], created_by: PEOPLE.maya,
      created_at: at(40 * DAY), expires_at: at(-expires), last_used_at: used === null ? null : at(used), revoked_at: revoked === null ? null : at(revoked),
    });
    this.clients = [
      client(1, 'Data warehouse', ['sales.read', 'stock.read'], 9 * DAY, 20 * 60_000, null),
      client(2, 'Label printer', ['catalog.read'], 300 * DAY, null, null),
      client(3, 'Old warehouse', ['sales.read'], 100 * DAY, 90 * DAY, 60 * DAY),
    ];
    this.health = {
      status: 'degraded', database: 'postgres', cache: { kind: 'redis', hits: 48_213, fills: 1_904 }, minutes_to_roll_up: 3, readings_to_copy: 1_512, oldest_to_copy: at(9 * 60_000),
      outside: [
        { name: 'redis', state: 'closed', since: at(50 * 60_000), failures: 0, opened: 2, resting_ms: 0, last_error: null },
        { name: 'influx', state: 'open', since: at(9 * 60_000), failures: 7, opened: 4, resting_ms: 21_000, last_error: 'http://influx:8086: connection refused' },
      ],
      leaving: [
        { name: 'mail', waiting: 4, oldest: at(26 * 60_000), failing: 3, last_error: 'smtp.shop.example:587: connection timed out' },
        { name: 'webhooks', waiting: 0, oldest: null, failing: 0, last_error: null },
      ],
    };
  }

  private redirect(key: string): string {
    return `https://hub.example/api/v1/auth/oidc/${key}/callback`;
  }

  /** Somebody else changes a service meanwhile. */
  meddle(key: string, change: Partial<IdentityProvider>): void {
    const found = this.providers.find((each) => each.id === key);
    if (found) Object.assign(found, change, { version: found.version + 1 });
  }

  /** The services for an address: open to all. */
  services(email: string): { id: string; name: string }[] {
    const domain = email.split('@').at(-1) ?? '';
    return this.providers.filter((each) => each.disabled_at === null && each.domains.includes(domain)).map(({ id: key, name }) => ({ id: key, name }));
  }

  answer(method: string, path: string, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = ''] = path.split('/');
    if (path === '/auth/oidc/link') return this.link(body, asker, as_of);
    if (area === 'auth' && key === 'linked-accounts') return this.linked(method, path.split('/').at(3), asker, as_of);
    if (path === '/auth/oidc/step-up') return this.confirm(body, as_of);
    if (path === '/health') return asker.may('system.read') ? { body: { ...this.health, as_of } } : no(403, 'forbidden', 'Not allowed', 'this needs system.read');
    if (area !== 'identity-providers' && area !== 'machine-clients') return null;
    if (!asker.may('keys.write')) return no(403, 'forbidden', 'Not allowed', 'this needs keys.write');
    if (method !== 'GET' && !asker.fresh()) return STEP_UP;
    return area === 'machine-clients' ? this.machine(method, key, body, asker, as_of) : this.provider(method, key, body, ifMatch, as_of);
  }

  private confirm(body: Record<string, unknown>, as_of: string): Reply {
    const found = this.providers.find((each) => each.id === body.provider_id && each.disabled_at === null);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such sign-in service');
    if (this.fails === 'unreachable') return no(409, 'conflict', 'Not possible now', 'the sign-in service cannot be used now: it did not answer');
    return { body: { url: String(body.return_to), as_of } };
  }

  private link(body: Record<string, unknown>, asker: Asker, as_of: string): Reply {
    if (!asker.fresh()) return STEP_UP;
    const found = this.providers.find((each) => each.id === body.provider_id && each.disabled_at === null);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such sign-in service');
    if (this.fails === 'unreachable') return no(409, 'conflict', 'Not possible now', 'the sign-in service cannot be used now: it did not answer');
    if (this.fails) return { body: { url: `/?sso=${this.fails}`, as_of } };
    this.links.push([asker.id, found.id]);
    return { body: { url: String(body.return_to), as_of } };
  }

  /** The id of a link is its service's here. */
  private linked(method: string, key: string | undefined, asker: Asker, as_of: string): Reply {
    const own = this.links.filter(([user]) => user === asker.id);
    if (method !== 'DELETE') {
      const accounts = own.map(([, provider]) => {
        const found = this.providers.find((each) => each.id === provider);
        return { id: provider, service: found?.name ?? null, issuer: found?.issuer ?? 'https://gone.example', linked_at: as_of, used_at: null };
      });
      return { body: { accounts, as_of } };
    }
    if (!asker.fresh()) return STEP_UP;
    if (!own.some(([, provider]) => provider === key)) return no(404, 'not-found', 'Not found', 'there is no such linked account');
    this.links = this.links.filter(([user, provider]) => user !== asker.id || provider !== key);
    return { status: 204 };
  }

  private machine(method: string, key: string, body: Record<string, unknown>, asker: Asker, as_of: string): Reply {
    if (method === 'GET') return { body: { machine_clients: this.clients, as_of } };
    if (method === 'DELETE') {
      const found = this.clients.find((each) => each.id === key);
      if (!found) return no(404, 'not-found', 'Not found', 'there is no such client');
      found.revoked_at ??= as_of;
      return { status: 204 };
    }
    const details = { ...body, id: crypto.randomUUID(), public_id: 'vyc_9qk2m4n8r5t7w0aa', created_by: asker.id, created_at: as_of, last_used_at: null, revoked_at: null } as unknown as Key;
    this.clients = [details, ...this.clients];
    return { status: 201, body: { client_id: details.public_id, client_secret: `vycs_${details.id.replaceAll('-', '')}`, details, as_of } };
  }

  private provider(method: string, key: string, body: Record<string, unknown>, ifMatch: string | null, as_of: string): Reply {
    if (!key && method === 'GET') return { body: { identity_providers: this.providers.map(({ version: _, ...each }) => ({ ...each, as_of })), as_of } };
    const { client_secret, disabled, ...rest } = body as { client_secret?: string | null; disabled?: boolean } & Partial<IdentityProvider>;
    if (!key) {
      const made = { ...rest, id: crypto.randomUUID(), has_secret: Boolean(client_secret), disabled_at: null, created_at: as_of, as_of, version: 1 } as IdentityProvider & { version: number };
      made.redirect_uri = this.redirect(made.id);
      const wrong = unusable(made);
      if (wrong) return wrong;
      if (client_secret) this.secrets.set(made.id, client_secret);
      this.providers = [...this.providers, made].sort((a, b) => a.name.localeCompare(b.name));
      return { status: 201, body: made, version: 1 };
    }
    const found = this.providers.find((each) => each.id === key);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such sign-in service');
    if (method === 'DELETE') {
      this.providers = this.providers.filter((each) => each !== found);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      if (ifMatch === null) return no(428, 'precondition', 'Name the version', 'send If-Match with the ETag that was read');
      const has_secret = client_secret === undefined ? found.has_secret : client_secret !== null;
      const wrong = unusable({ ...found, ...rest, has_secret });
      if (wrong) return wrong;
      if (ifMatch !== `"${found.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the sign-in service was changed by somebody else meanwhile; nothing was changed');
      if (client_secret) this.secrets.set(key, client_secret);
      Object.assign(found, rest, { has_secret, version: found.version + 1 }, disabled !== undefined && { disabled_at: disabled ? (found.disabled_at ?? as_of) : null });
    }
    return { body: { ...found, as_of }, version: found.version };
  }
}

/** What the hub refuses of a service. */
function unusable(row: Pick<IdentityProvider, 'issuer' | 'method' | 'has_secret' | 'role'>): Reply | null {
  if (row.role === 'owner' || row.role === 'admin') return bad(`role: expected a role that is neither admin nor owner, got ${row.role}`);
  if (row.method === 'none' && row.has_secret) return bad('client_secret: expected absent for a public client (method none), got …');
  if (row.method !== 'none' && !row.has_secret) return bad('client_secret: expected given for the methods basic and post, got nothing');
  return row.issuer.startsWith('https://') && !row.issuer.includes('?') ? null : bad(`issuer: expected one that works, got ${row.issuer}: it must be https`);
}
