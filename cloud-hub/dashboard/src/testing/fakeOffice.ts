import type { AuditEntry, Key, Organization, Person, Role, SignIn, UserInfo } from '../api';
import { HELD, MEANING } from './roles';
import { ORGANIZATION, STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
export const PASSWORD = 'correct horse battery';
/** What the person's app shows, whatever the time. */
export const CODE = '123456';
const QR = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h2v2h-2z"/></svg>';
export const PEOPLE = { maya: '0199b000-0009-7000-8000-000000000001', ana: id(6, 2), tom: id(6, 3), lena: id(6, 4) };

type Versioned<T> = T & { version: number };
/** What a route answers: a status, a body, and the version it is at. */
export interface Reply {
  status?: number;
  body?: unknown;
  version?: number;
  problem?: [kind: string, title: string, detail: string];
  file?: string;
  /** What the file is called. */
  name?: string;
}

/** The people, keys, sign-ins and the audit log of the fake hub. What needs a fresh factor asks for one while `fresh` is false. */
export class FakeOffice {
  fresh = true;
  intact = true;
  mailServer = true;
  /** Kept elsewhere. */
  countPasskeys = () => 0;
  /** The link of a mail, as long as it works. */
  link: { kind: 'invitation' | 'password_reset'; token: string } | null = null;
  password = PASSWORD;
  totpSince: string | null = null;
  codesLeft = 0;
  user: UserInfo;
  people: Versioned<Person>[];
  keys: Key[];
  signIns: SignIn[];
  organization: Versioned<Organization>;
  log: AuditEntry[] = [];

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const as_of = at(0);
    const person = (key: string, email: string, name: string, role: Role, store_ids: string[], ago: number, disabled_at: string | null = null): Versioned<Person> => ({
      id: key, email, name, role, all_stores: store_ids.length === 0, store_ids, disabled_at, invited_until: key === PEOPLE.tom ? at(-2 * DAY) : null, created_at: at(ago), as_of, version: 1,
    });
    this.people = [
      person(PEOPLE.ana, 'ana@example.com', 'Ana Silva', 'store_manager', [STORE.fore, STORE.harbour], 90 * DAY),
      person(PEOPLE.lena, 'lena@example.com', '', 'analyst', [], 40 * DAY, at(2 * DAY)),
      person(PEOPLE.maya, 'maya@example.com', 'Maya Chen', 'owner', [], 400 * DAY),
      person(PEOPLE.tom, 'tom@example.com', 'Tom Okafor', 'fleet_engineer', [STORE.kirkgate], 12 * DAY),
    ];
    const key = (n: number, name: string, permissions: string[], expires: number | null, used: number | null, revoked: number | null): Key => ({
      id: id(7, n), public_id: `vyk_3zr8d1s9tq6w2x${n}`, name, permissions: permissions as Key['permissions'], all_stores: n !== 2, store_ids: n === 2 ? [STORE.fore] : [], created_by: PEOPLE.maya,
      created_at: at(50 * DAY), expires_at: expires === null ? null : at(-expires), last_used_at: used === null ? null : at(used), revoked_at: revoked === null ? null : at(revoked),
    });
    this.keys = [
      key(1, 'Nightly ERP export', ['sales.read', 'stock.read', 'catalog.read'], 6 * DAY, 9 * 3_600_000, null),
      key(2, 'Shelf labels, Fore Street', ['catalog.read'], 200 * DAY, null, null),
      key(3, 'Old BI connector', ['sales.read'], null, 60 * DAY, 30 * DAY),
    ];
    const signIn = (n: number, client: string, address: string, began: number, seen: number, factors: string[]): SignIn => ({
      id: id(8, n), this_one: n === 1, began_at: at(began), seen_at: at(seen), client, address, factors,
    });
    this.signIns = [
      signIn(1, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36', '192.0.2.7', 3_600_000, 20_000, ['pwd']),
      signIn(2, 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1', '198.51.100.23', 3 * DAY, 5 * 3_600_000, ['pwd', 'otp']),
      signIn(3, 'vyavs-cli/0.1.0', '192.0.2.40', 20 * DAY, 2 * DAY, ['pwd']),
    ];
    this.organization = { id: ORGANIZATION, name: 'Corner & Co.', industry: 'grocery', config: {}, created_at: at(400 * DAY), as_of, version: 4 };
    this.user = {
      id: PEOPLE.maya, email: 'maya@example.com', role: 'owner', permissions: HELD.owner as UserInfo['permissions'], all_stores: true, store_ids: [],
      organization_id: ORGANIZATION, organization_name: 'Corner & Co.', as_of,
    };
    for (let n = 0; n < 64; n++) {
      const actor = n % 7 === 3 ? id(7, 1) : n % 5 === 0 ? PEOPLE.ana : PEOPLE.maya;
      this.note('auth.step_up', id(8, 1 + (n % 3)), undefined, undefined, actor, (70 - n) * 3_000_000);
    }
    this.note('stores.create', STORE.kirkgate, undefined, { name: 'Kirkgate', timezone: 'Europe/London' }, PEOPLE.maya, 2 * 3_600_000);
    this.note('users.change', PEOPLE.tom, { role: 'viewer', all_stores: true, store_ids: [] }, { role: 'fleet_engineer', all_stores: false, store_ids: [STORE.kirkgate] }, PEOPLE.maya, 3_600_000);
    this.note('POST /api/v1/users', '/api/v1/users', undefined, undefined, PEOPLE.tom, 1_800_000);
  }

  /** Signs in as somebody with another role. */
  become(role: Role): void {
    this.user = { ...this.user, role, permissions: HELD[role] as UserInfo['permissions'] };
  }

  /** Somebody else changes a person meanwhile. */
  meddle(personId: string, change: Partial<Person>): void {
    const found = this.people.find((each) => each.id === personId);
    if (found) Object.assign(found, change, { version: found.version + 1 });
  }

  note(action: string, object: string, before: unknown, after: unknown, actor = this.user.id, ago = 0): void {
    const seq = this.log.length + 1;
    const at = new Date(this.world.now() - ago).toISOString();
    const entry = { action, actor: { kind: 'person', id: actor }, ...(after !== undefined && { after }), at, ...(before !== undefined && { before }), object, request_id: `req-${seq}`, seq, status: action.startsWith('POST') ? 403 : 200 };
    this.log.push({ seq, at, actor_id: actor, action, object, entry, hash: seq.toString(16).padStart(64, '0') });
  }

  /** What the hub answers, or null where the route is not one of these. */
  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = '', part = ''] = path.split('/');
    const route = `${method} /${area}${key ? (area === 'auth' || area === 'audit' || area === 'permissions' ? `/${key}` : '/:id') : ''}${part ? (area === 'auth' ? '/:id' : `/${part}`) : ''}`;
    const need = NEEDS[route];
    if (!need) return null;
    if (!(this.user.permissions as string[]).includes(need.permission)) return problem(403, 'forbidden', 'Not allowed', `this needs ${need.permission}`);
    if (need.stepUp && !this.fresh) return problem(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
    const person = this.people.find((each) => each.id === key);
    switch (route) {
      case 'GET /users':
        return { body: { users: this.people, as_of } };
      case 'GET /users/:id':
        return person ? { body: person, version: person.version } : problem(404, 'not-found', 'Not found', 'there is no such person');
      case 'POST /users':
        return this.addPerson(body, as_of);
      case 'PATCH /users/:id':
        return person ? this.changePerson(person, body, ifMatch) : problem(404, 'not-found', 'Not found', 'there is no such person');
      case 'DELETE /users/:id/sessions':
        this.note('users.end_sign_ins', key, undefined, undefined);
        return { status: 204 };
      case 'POST /users/:id/invite':
        if (!person) return problem(404, 'not-found', 'Not found', 'there is no such person');
        this.note('users.invite', key, undefined, undefined);
        return { status: 202, body: { user_id: key, mail_id: crypto.randomUUID(), mail_server: this.mailServer, expires_at: as_of, as_of } };
      case 'GET /roles':
        return { body: { roles: Object.entries(HELD).map(([role, permissions]) => ({ role, permissions })), permissions: Object.entries(MEANING).map(([permission, meaning]) => ({ permission, meaning })), as_of } };
      case 'GET /permissions/explain':
        return this.explain(query, as_of);
      case 'GET /api-keys':
        return { body: { keys: this.keys, as_of } };
      case 'POST /api-keys':
        return this.addKey(body, as_of);
      case 'DELETE /api-keys/:id': {
        const found = this.keys.find((each) => each.id === key);
        if (found) found.revoked_at = as_of;
        this.note('keys.revoke', key, undefined, undefined);
        return { status: 204 };
      }
      case 'GET /audit':
        return this.page(query, as_of);
      case 'GET /audit/verify':
        return { body: { intact: this.intact, dropped: 0, begins_with: '00'.repeat(32), entries: this.intact ? this.log.length : 16, hash: 'ab'.repeat(32), broken: this.intact ? null : 'entry 17 was altered', as_of } };
      case 'GET /audit/export':
        return { file: this.log.map((entry) => `${entry.hash}\t${JSON.stringify(entry.entry)}\n`).join('') };
      case 'GET /organizations/:id':
        return { body: this.organization, version: this.organization.version };
      case 'PATCH /organizations/:id':
        if (ifMatch !== `"${this.organization.version}"`) return problem(412, 'stale', 'Changed meanwhile', 'the organization was changed by somebody else meanwhile; nothing was changed');
        Object.assign(this.organization, body, { version: this.organization.version + 1 });
        return { body: this.organization, version: this.organization.version };
      case 'GET /auth/sessions':
        return { body: { sign_ins: this.signIns, as_of } };
      case 'DELETE /auth/sessions':
        this.signIns = this.signIns.filter((each) => each.this_one);
        return { status: 204 };
      case 'DELETE /auth/sessions/:id':
        this.signIns = this.signIns.filter((each) => each.id !== part);
        return { status: 204 };
      case 'GET /auth/factors':
        return { body: { totp_since: this.totpSince, passkeys: this.countPasskeys(), recovery_codes_left: this.codesLeft, recovery_codes_made_at: this.totpSince, as_of } };
      case 'POST /auth/totp':
        return this.totpSince ? problem(409, 'conflict', 'Not possible now', 'an authenticator app is set up already; remove it first') : { status: 201, body: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/VyavsAI:maya', qr_svg: QR, as_of } };
      case 'POST /auth/totp/:id':
        if (body.code !== CODE) return problem(403, 'wrong-code', 'Not confirmed', 'the code is wrong or was used before');
        this.totpSince = as_of;
        return this.newCodes(as_of);
      case 'POST /auth/recovery-codes':
        return this.newCodes(as_of);
      case 'DELETE /auth/totp':
        this.totpSince = null;
        this.codesLeft = 0;
        return { status: 204 };
      case 'POST /auth/step-up':
        if (this.totpSince) {
          if (!body.code) return problem(403, 'second-factor', 'Second factor', 'a code of your authenticator app is needed, or a recovery code');
          if (body.code !== CODE) return problem(403, 'wrong-code', 'Not confirmed', 'the code is wrong or was used before');
          this.fresh = true;
          return { body: { fresh_until: as_of, as_of } };
        }
        if (body.password !== this.password) return problem(401, 'wrong-credentials', 'Not signed in', 'e-mail or password is wrong');
        this.fresh = true;
        return { body: { fresh_until: as_of, as_of } };
      case 'POST /auth/password':
        return this.changePassword(body);
      default:
        return null;
    }
  }

  /** What is answered to who is not signed in, or null where the route is not one of these. */
  answerOpen(path: string, body: Record<string, unknown>): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    if (path === '/auth/password/forgot') return { status: 202, body: { message: 'If this address signs in here, a mail is on its way.', as_of } };
    const kind = path === '/auth/links' ? body.kind : path === '/auth/invitations/accept' ? 'invitation' : path === '/auth/password/reset' ? 'password_reset' : null;
    if (kind === null) return null;
    if (!this.link || body.token !== this.link.token || kind !== this.link.kind) return problem(410, 'link', 'The link does not work', 'the link was used before, or it has expired');
    if (path === '/auth/links') {
      return { body: { kind, email: 'rui@example.com', name: 'Rui', organization_name: this.organization.name, expires_at: new Date(this.world.now() + 2 * DAY).toISOString(), as_of } };
    }
    const weak = judge(String(body.password));
    if (weak) return weak;
    this.password = String(body.password);
    this.link = null;
    return { status: 204 };
  }

  private newCodes(as_of: string): Reply {
    this.codesLeft = 10;
    return { status: 201, body: { recovery_codes: Array.from({ length: 10 }, (_, n) => `abcd-efgh-jkmn-000${n}`), as_of } };
  }

  private addPerson(body: Record<string, unknown>, as_of: string): Reply {
    const email = String(body.email);
    if (this.people.some((each) => each.email === email)) return problem(409, 'conflict', 'Not possible now', `${email} is somebody's already`);
    const weak = typeof body.password === 'string' ? judge(body.password) : null;
    if (weak) return weak;
    const person: Versioned<Person> = {
      id: crypto.randomUUID(), email, name: String(body.name ?? ''), role: body.role as Role, all_stores: Boolean(body.all_stores), store_ids: body.store_ids as string[],
      disabled_at: null, invited_until: body.password ? null : new Date(this.world.now() + 2 * DAY).toISOString(), created_at: as_of, as_of, version: 1,
    };
    this.people = [...this.people, person].sort((a, b) => a.email.localeCompare(b.email));
    this.note('users.create', person.id, undefined, { role: person.role });
    return { status: 201, body: person, version: 1 };
  }

  private changePerson(person: Versioned<Person>, body: Record<string, unknown>, ifMatch: string | null): Reply {
    if (ifMatch !== `"${person.version}"`) return problem(412, 'stale', 'Changed meanwhile', 'the person was changed by somebody else meanwhile; nothing was changed');
    const { disabled, ...rest } = body;
    const before = { role: person.role, all_stores: person.all_stores, store_ids: person.store_ids, disabled: person.disabled_at !== null };
    Object.assign(person, rest, { version: person.version + 1 });
    if (disabled !== undefined) person.disabled_at = disabled ? new Date(this.world.now()).toISOString() : null;
    this.note('users.change', person.id, before, { role: person.role, all_stores: person.all_stores, store_ids: person.store_ids, disabled: person.disabled_at !== null });
    return { body: person, version: person.version };
  }

  private addKey(body: Record<string, unknown>, as_of: string): Reply {
    const details = { ...body, id: crypto.randomUUID(), public_id: 'vyk_9qk2m4n8r5t7w0aa', created_by: this.user.id, created_at: as_of, last_used_at: null, revoked_at: null } as unknown as Key;
    this.keys = [details, ...this.keys];
    this.note('keys.create', details.id, undefined, details);
    return { status: 201, body: { key: `vyk_${details.id.replaceAll('-', '')}_c2VjcmV0LW9mLTI1Ni1yYW5kb20tYml0cw`, details, as_of } };
  }

  private changePassword(body: Record<string, unknown>): Reply {
    if (body.current !== this.password) return problem(401, 'wrong-credentials', 'Not signed in', 'e-mail or password is wrong');
    const weak = judge(String(body.new));
    if (weak) return weak;
    this.password = String(body.new);
    this.signIns = this.signIns.filter((each) => each.this_one);
    return { status: 204 };
  }

  private explain(query: URLSearchParams, as_of: string): Reply {
    const person = this.people.find((each) => each.id === query.get('user_id'));
    const permission = query.get('permission') ?? '';
    const store = this.world.stores.find((each) => each.id === query.get('store_id'));
    if (!person) return problem(404, 'not-found', 'Not found', 'there is no such person');
    const has = HELD[person.role].includes(permission);
    const steps = [
      { passed: !person.disabled_at, reason: person.disabled_at ? 'the account is shut out' : 'the account may sign in' },
      { passed: has, reason: `the role ${person.role} ${has ? 'holds' : 'does not hold'} ${permission}` },
      ...(store ? [{ passed: person.all_stores || person.store_ids.includes(store.id), reason: `its reach ${person.all_stores || person.store_ids.includes(store.id) ? 'has' : 'does not have'} the store ${store.name}` }] : []),
    ];
    return { body: { allowed: steps.every((step) => step.passed), steps, routes: [`GET /api/v1/${permission.split('.')[0]}`], as_of } };
  }

  private page(query: URLSearchParams, as_of: string): Reply {
    const found = [...this.log].reverse().filter((entry) => {
      const { from, to, action, actor_id, object } = Object.fromEntries(query);
      return (!action || entry.action.startsWith(action)) && (!actor_id || entry.actor_id === actor_id) && (!object || entry.object === object) && (!from || entry.at >= from) && (!to || entry.at < to);
    });
    const cursor = query.get('cursor');
    const from = cursor ? found.findIndex((entry) => String(entry.seq) === cursor) + 1 : 0;
    const limit = Number(query.get('limit') ?? 50);
    const entries = found.slice(from, from + limit);
    return { body: { entries, next_cursor: from + limit < found.length ? String(entries[entries.length - 1]?.seq) : null, as_of } };
  }
}

function problem(status: number, kind: string, title: string, detail: string): Reply {
  return { status, problem: [kind, title, detail] };
}

function judge(password: string): Reply | null {
  return /^(password|qwerty|12345)/i.test(password)
    ? problem(400, 'bad-body', 'The body is not valid', 'the password is easily guessed: common words, names, dates, keyboard rows and repetitions are tried first; choose a few unrelated words')
    : null;
}

const NEEDS: Record<string, { permission: string; stepUp?: boolean }> = {
  'GET /users': { permission: 'users.read' },
  'GET /users/:id': { permission: 'users.read' },
  'POST /users': { permission: 'users.write', stepUp: true },
  'PATCH /users/:id': { permission: 'users.write', stepUp: true },
  'DELETE /users/:id/sessions': { permission: 'users.write', stepUp: true },
  'POST /users/:id/invite': { permission: 'users.write', stepUp: true },
  'GET /roles': { permission: 'users.read' },
  'GET /permissions/explain': { permission: 'users.read' },
  'GET /api-keys': { permission: 'keys.write' },
  'POST /api-keys': { permission: 'keys.write', stepUp: true },
  'DELETE /api-keys/:id': { permission: 'keys.write', stepUp: true },
  'GET /audit': { permission: 'audit.read' },
  'GET /audit/verify': { permission: 'audit.read' },
  'GET /audit/export': { permission: 'audit.read', stepUp: true },
  'GET /organizations/:id': { permission: 'organization.read' },
  'PATCH /organizations/:id': { permission: 'organization.write', stepUp: true },
  'GET /auth/sessions': { permission: 'self' },
  'DELETE /auth/sessions': { permission: 'self' },
  'DELETE /auth/sessions/:id': { permission: 'self' },
  'GET /auth/factors': { permission: 'self' },
  'POST /auth/totp': { permission: 'self', stepUp: true },
  'POST /auth/totp/:id': { permission: 'self', stepUp: true },
  'DELETE /auth/totp': { permission: 'self', stepUp: true },
  'POST /auth/recovery-codes': { permission: 'self', stepUp: true },
  'POST /auth/step-up': { permission: 'self' },
  'POST /auth/password': { permission: 'self' },
};
