import { http, HttpResponse, type RequestHandler } from 'msw';
import { FakeAccess } from './fakeAccess';
import { FakeAlerts } from './fakeAlerts';
import { FakeBell } from './fakeBell';
import { FakeCases } from './fakeCases';
import { FakeCatalog } from './fakeCatalog';
import { CODE, FakeOffice, type Reply } from './fakeOffice';
import { FakePrivacy } from './fakePrivacy';
import { FakeRouting } from './fakeRouting';
import { FakeRules } from './fakeRules';
import { searchSales } from './fakeSales';
import { FakeStock } from './fakeStock';
import { FakeWork, type Asker } from './fakeWork';
import { headOf, makeWorld, type World } from './world';

type Fault = { status: number; title?: string; detail?: string; fix_hint?: string } | 'cut' | 'hang';

export { PASSWORD } from './fakeOffice';

/**
 * A hub in memory with the real one's answers, problems and event stream. Unit tests speak to it through MSW, the
 * browser tests through a socket; both may break any route of it.
 */
export class FakeHub {
  readonly world: World;
  readonly office: FakeOffice;
  readonly catalog: FakeCatalog;
  readonly stock: FakeStock;
  readonly work: FakeWork;
  readonly alerts: FakeAlerts;
  readonly rules: FakeRules;
  readonly cases: FakeCases;
  readonly bell: FakeBell;
  readonly privacy: FakePrivacy;
  readonly access: FakeAccess;
  readonly routing: FakeRouting;
  signedIn = true;
  /** By the start of a path below /api/v1; the longest that fits counts. */
  readonly faults = new Map<string, Fault>();
  /** Requests as `METHOD path?query`. */
  readonly log: string[] = [];
  /** `Last-Event-ID` of each opened stream. */
  readonly resumed: (string | null)[] = [];
  private readonly listeners = new Set<(text: string) => void>();
  private readonly closers = new Set<() => void>();
  private readonly ring: { n: number; text: string }[] = [];
  private counter = 0;

  constructor(world: World = makeWorld()) {
    this.world = world;
    this.office = new FakeOffice(world);
    this.catalog = new FakeCatalog(world.now);
    this.stock = new FakeStock(world, () => this.catalog.products);
    this.work = new FakeWork(world);
    this.alerts = new FakeAlerts(world);
    this.rules = new FakeRules(world, this.work);
    this.cases = new FakeCases(world, this.alerts);
    this.bell = new FakeBell(world);
    this.privacy = new FakePrivacy(world);
    this.access = new FakeAccess(world);
    this.routing = new FakeRouting(world);
  }

  /** Sends an event to every open stream and keeps it for those that come back. */
  emit(event: string, data: unknown): void {
    const n = ++this.counter;
    const text = `id: fake-${n}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.ring.push({ n, text });
    for (const listener of this.listeners) listener(text);
  }

  heartbeat(): void {
    for (const listener of this.listeners) listener(': alive\n\n');
  }

  /** A sale at a till: stored first, told then. */
  sell(storeId: string) {
    const receipt = this.world.ring(storeId);
    this.emit('sale', { store_id: storeId, receipt: headOf(receipt) });
    return receipt;
  }

  /** A rule fires: stored first, told then. */
  raise(storeId: string, title: string) {
    const alert = this.alerts.raise(storeId, title);
    this.emit('alert', { id: alert.id, state: alert.state, severity: alert.severity, store_id: alert.store_id, title, at: alert.changed_at });
    return alert;
  }

  /** The person is told something: stored first, said then. */
  tell(title: string) {
    this.emit('notification', this.bell.tell(title));
  }

  /** Ends every open stream; while `faults` has `/stream` none opens again. */
  cutStreams(): void {
    for (const close of [...this.closers]) close();
  }

  get openStreams(): number {
    return this.listeners.size;
  }

  readonly handlers: RequestHandler[] = [
    http.all('*/api/v1/*', async ({ request }) => {
      const url = new URL(request.url);
      const path = url.pathname.replace(/^.*\/api\/v1/, '');
      this.log.push(`${request.method} ${path}${url.search}`);
      const key = [...this.faults.keys()].filter((each) => path.startsWith(each)).sort((a, b) => b.length - a.length)[0];
      const fault = key === undefined ? undefined : this.faults.get(key);
      if (fault === 'hang') return new Promise<never>(() => {});
      if (fault === 'cut') return HttpResponse.error();
      if (fault) return this.problem(fault.status, fault.title ?? 'The hub failed', fault.detail, fault.fix_hint);
      return this.answer(request, path, url.searchParams);
    }),
  ];

  private reply({ status = 200, body, version, problem, file, name }: Reply) {
    if (problem) return this.problem(status, problem[1], problem[2], undefined, problem[0]);
    if (file !== undefined) return new HttpResponse(file, { headers: { 'content-type': 'text/tab-separated-values', 'content-disposition': name ? `attachment; filename="${name}"` : 'attachment' } });
    if (status === 204) return new HttpResponse(null, { status });
    const answer = this.json(body, status);
    if (version !== undefined) answer.headers.set('etag', `"${version}"`);
    return answer;
  }

  private problem(status: number, title: string, detail?: string, fix_hint?: string, kind = 'test') {
    return this.json(
      { type: `urn:vyavs:problem:${kind}`, title, status, detail: detail ?? null, fix_hint: fix_hint ?? null, request_id: 'req-7f3a' },
      status,
      'application/problem+json',
    );
  }

  private json(body: unknown, status = 200, type = 'application/json') {
    return new HttpResponse(JSON.stringify(body), {
      status,
      headers: { 'content-type': type, date: new Date(this.world.now()).toUTCString(), 'x-request-id': 'req-7f3a' },
    });
  }

  private async answer(request: Request, path: string, query: URLSearchParams) {
    const { world } = this;
    const as_of = new Date(world.now()).toISOString();
    if (path === '/auth/oidc/providers') {
      return this.json({ services: this.access.services(query.get('email') ?? ''), as_of });
    }
    if (path === '/auth/passkeys/challenge') return this.json({ options: { challenge: 'AAAA' }, as_of });
    if (path === '/auth/passkeys/sign-in') {
      const { credential } = (await request.json()) as { credential: { id?: string } };
      if (credential.id !== 'good') return this.problem(401, 'Not signed in', 'the passkey is not one of this hub’s');
      this.signedIn = true;
      return this.json({ access_token: 'a', expires_in: 600, refresh_token: 'r', user_info: this.office.user });
    }
    if (path === '/auth/login') {
      const body = (await request.json()) as { email: string; password: string; code?: string };
      if (body.password !== this.office.password) return this.problem(401, 'Not signed in', 'e-mail or password is wrong');
      if (this.office.totpSince && !body.code) return this.reply({ status: 403, problem: ['second-factor', 'Second factor', 'a code of your authenticator app is needed, or a recovery code'] });
      if (this.office.totpSince && body.code !== CODE) return this.reply({ status: 403, problem: ['wrong-code', 'Not confirmed', 'the code is wrong or was used before'] });
      this.signedIn = true;
      return this.json({ access_token: 'a', expires_in: 600, refresh_token: 'r', user_info: this.office.user });
    }
    if (path === '/auth/logout') {
      this.signedIn = false;
      return this.json({ success: true });
    }
    const text = await request.text();
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    const open = request.method === 'POST' ? this.office.answerOpen(path, body) : null;
    if (open) return this.reply(open);
    if (!this.signedIn) return this.problem(401, 'Sign in first');
    if (request.method !== 'GET' && request.headers.get('x-vyavs-csrf') !== '1') return this.problem(403, 'Cross-site');
    if (path === '/auth/refresh') return this.json({ access_token: 'a', expires_in: 600, refresh_token: null });
    if (path === '/me') return this.json(this.office.user);
    if (path === '/stream') return this.stream(request);
    const ifMatch = request.headers.get('if-match');
    const { user } = this.office;
    const asker: Asker = { id: user.id, may: (permission) => (user.permissions as string[]).includes(permission), fresh: () => this.office.fresh };
    const reply = this.office.answer(request.method, path, query, body, ifMatch) ??
      this.work.answer(request.method, path, query, body, ifMatch, asker) ??
      this.alerts.answer(request.method, path, query, body, asker) ??
      this.rules.answer(request.method, path, body, ifMatch, asker) ??
      this.cases.answer(request.method, path, query, body, asker) ??
      this.bell.answer(request.method, path, query, body, asker.fresh) ??
      this.privacy.answer(request.method, path, query, body, ifMatch, asker) ??
      this.access.answer(request.method, path, body, ifMatch, asker) ??
      this.routing.answer(request.method, path, query, body, ifMatch, asker) ??
      this.catalog.answer(request.method, path, query, body, ifMatch, asker) ??
      this.stock.answer(request.method, path, query, body, ifMatch, asker);
    if (reply) return this.reply(reply);
    const all = world.stores.map((store) => store.id);
    const asked = query.get('store_id');
    const chosen = asked ? [asked] : all;
    if (path === '/transactions') return this.reply(searchSales(world, this.catalog.products, query, asker));
    if (path === '/kpis') return this.json({ kpis: world.kpis(chosen), as_of });
    if (path === '/sales') {
      const from = Date.parse(query.get('from') ?? '') || world.now() - 86_400_000;
      return this.json({ points: world.sales(chosen, query.get('granularity') === 'day' ? 'day' : 'hour', from), currency: 'GBP', as_of });
    }
    if (path === '/stores' && request.method === 'GET') return this.json({ stores: world.stores, as_of });
    if (path === '/stores') return this.addStore(body as unknown as Parameters<FakeHub['addStore']>[0]);
    if (path === '/devices') return this.json({ devices: world.devices, as_of });
    if (path === '/alarms') return this.listAlarms(query, null, as_of);
    if (path === '/enrolment-tokens') return this.json({ token: 'vyavs1.eyJodWIiOiJodHRwczovL2h1YiJ9', expires_at: as_of }, 201);
    const [, section, id = '', part] = path.split('/');
    if (section === 'receipts') {
      const receipt = Object.values(world.receipts).flat().find((each) => each.id === id);
      return receipt ? this.json(receipt) : this.problem(404, 'Not found', 'there is no such receipt');
    }
    const store = world.stores.find((each) => each.id === id);
    if (section !== 'stores' || !store) return this.problem(404, 'Not found', 'there is no such store');
    if (!part) return this.json({ ...store, as_of });
    if (part === 'receipts') return this.receipts(store.id, query, as_of);
    if (part === 'sensors') return this.json({ sensors: world.sensors[id] ?? [], as_of });
    if (part === 'telemetry') {
      const from = Date.parse(query.get('from') ?? '') || world.now() - 3_600_000;
      const points = Number(query.get('points') ?? 500);
      const series = (world.sensors[id] ?? []).length > 0 ? world.series(id, from, points) : [];
      return this.json({ series, interval_ms: 60_000, as_of });
    }
    if (part === 'alarms') return this.listAlarms(query, id, as_of);
    if (part === 'sync') return this.json({ devices: world.devices.filter((device) => device.store_id === id), as_of });
    if (part === 'events') return this.json({ events: world.events[id] ?? [], next_cursor: null, as_of });
    return this.problem(404, 'Not found', 'there is no such route');
  }

  private listAlarms(query: URLSearchParams, storeId: string | null, as_of: string) {
    const open = query.get('open');
    const found = this.world.alarms.filter((alarm) => {
      if (storeId && alarm.store_id !== storeId) return false;
      return open === null || (open === 'true') === !alarm.cleared_at;
    });
    return this.page(found, query, 50, (alarms, next_cursor) => ({ alarms, next_cursor, as_of }));
  }

  private receipts(storeId: string, query: URLSearchParams, as_of: string) {
    const found = (this.world.receipts[storeId] ?? []).filter((receipt) => {
      const day = query.get('business_day');
      const till = query.get('terminal');
      return (!day || receipt.business_day === day) && (!till || receipt.terminal === till);
    });
    return this.page(found.map(headOf), query, 50, (receipts, next_cursor) => ({ receipts, next_cursor, as_of }));
  }

  private page<T extends { id: string }>(all: T[], query: URLSearchParams, usual: number, answer: (rows: T[], cursor: string | null) => object) {
    const limit = Number(query.get('limit') ?? usual);
    const from = query.get('cursor') ? all.findIndex((row) => row.id === query.get('cursor')) + 1 : 0;
    const rows = all.slice(from, from + limit);
    const last = rows[rows.length - 1];
    return this.json(answer(rows, from + limit < all.length && last ? last.id : null));
  }

  private addStore(body: { name: string; location: World['stores'][0]['location']; config: { timezone: string; currency: string } }) {
    if (this.world.stores.some((store) => store.name === body.name)) {
      return this.problem(409, 'Not possible now', `there is already a store named ${body.name}`);
    }
    const store: World['stores'][0] = {
      id: crypto.randomUUID(), name: body.name, location: body.location, timezone: body.config.timezone, currency: body.config.currency, day_starts: '04:00',
      metrics: {
        sales_today: { amount: '0.00', currency: body.config.currency }, receipts_today: 0, last_sale_at: null, open_alarms: 0, unsent: 0,
        oldest_unsent_at: null, status: 'never', last_heard_at: null, agent_version: null,
      },
    };
    this.world.stores.push(store);
    return this.json({ ...store, as_of: new Date(this.world.now()).toISOString() }, 201);
  }

  private stream(request: Request) {
    const last = request.headers.get('last-event-id');
    this.resumed.push(last);
    const encoder = new TextEncoder();
    let gone = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        const close = () => {
          gone();
          controller.close();
        };
        gone = () => {
          this.listeners.delete(send);
          this.closers.delete(close);
        };
        this.listeners.add(send);
        this.closers.add(close);
        send(': hello\n\n');
        const after = last ? Number(last.split('-')[1]) : this.counter;
        for (const kept of this.ring) if (kept.n > after) send(kept.text);
      },
      cancel: () => gone(),
    });
    return new HttpResponse(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  }
}
