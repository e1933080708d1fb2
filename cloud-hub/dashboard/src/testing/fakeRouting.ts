import type { AlertRoute, Mail, RouteDefinition, RouteStep } from '../api';
import { RULES } from './fakeAlerts';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const [HOUR, MINUTE] = [3_600_000, 60_000];
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
/** The first webhook of the fake hub. */
const PAGER = id(60, 1);

export const ROUTES = { cold: id(80, 1), loss: id(80, 2) };

/** Notification routes and the mail outbox of the fake hub. */
export class FakeRouting {
  routes: (AlertRoute & { version: number })[];
  mails: Mail[];
  mailServer = true;

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const route = (key: string, said: RouteDefinition): AlertRoute & { version: number } => ({ id: key, route: said, created_at: at(900 * HOUR), as_of: at(0), version: 1 });
    this.routes = [
      route(ROUTES.cold, {
        name: 'Cold chain, day and night', enabled: true, of: { severity: 'critical', rules: [RULES.fridge], stores: [STORE.fore, STORE.harbour], tags: [] },
        steps: [
          { after: 'PT0S', to: [{ channel: 'in_app', role: 'store_manager' }, { channel: 'mail', role: 'store_manager' }, { channel: 'webhook', webhook_id: PAGER }] },
          { after: 'PT15M', to: [{ channel: 'mail', user_id: PEOPLE.ana }] },
          { after: 'PT1H30M', to: [{ channel: 'mail', role: 'owner' }] },
        ],
        quiet: null, tell_resolved: true,
      }),
      route(ROUTES.loss, {
        name: 'Refunds to loss prevention', enabled: false, of: { severity: 'warning', rules: [], stores: [], tags: ['fraud'] },
        steps: [{ after: 'PT0S', to: [{ channel: 'mail', role: 'loss_prevention' }] }], quiet: { from: '22:00', to: '07:00', critical_passes: true }, tell_resolved: false,
      }),
    ];
    const mail = (n: number, kind: string, recipient: string, subject: string, state: Mail['state'], ago: number, part: Partial<Mail> = {}): Mail => ({
      id: id(81, n), kind, recipient, subject, state, attempts: 1, error: null, next_at: null, ended_at: state === 'waiting' ? null : at(ago - MINUTE), created_at: at(ago), ...part,
    });
    this.mails = [
      mail(1, 'alert', 'ana@example.com', 'Fridge too warm, Fore Street', 'waiting', 6 * MINUTE, { attempts: 2, error: 'mail.example.com: 451 try again later', next_at: at(-4 * MINUTE) }),
      mail(2, 'invitation', 'tom@exmaple.com', 'Your invitation to Corner & Co.', 'failed', 5 * HOUR, { attempts: 9, error: 'mail.example.com: 550 no such domain', ended_at: at(HOUR) }),
      mail(3, 'password_reset', 'lena@example.com', 'A new password for VyavsAI', 'sent', 30 * HOUR),
      ...Array.from({ length: 60 }, (_, n) => mail(10 + n, 'notification', 'maya@example.com', `Brief of day ${60 - n}`, 'sent', (n + 2) * 24 * HOUR)),
    ];
  }

  /** Somebody else changes a route meanwhile. */
  meddle(key: string, change: Partial<RouteDefinition>): void {
    const found = this.routes.find((each) => each.id === key);
    if (found) Object.assign(found, { route: { ...found.route, ...change }, version: found.version + 1 });
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = '', part = ''] = path.split('/');
    if (area !== 'mails' && area !== 'notification-routes') return null;
    const needs = area === 'mails' ? 'users.write' : 'rules.write';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    return area === 'mails' ? this.outbox(key, part, query, as_of) : this.route(method, key, body, ifMatch, as_of);
  }

  private outbox(key: string, part: string, query: URLSearchParams, as_of: string): Reply {
    if (part === 'retry') {
      const found = this.mails.find((each) => each.id === key);
      if (!found) return no(404, 'not-found', 'Not found', 'there is no such mail');
      if (found.state === 'sent') return no(409, 'conflict', 'Not possible now', 'this mail was sent, or what it said was wiped; invite again instead');
      Object.assign(found, { state: 'waiting', attempts: 0, next_at: as_of, ended_at: null });
      return { status: 202 };
    }
    const found = this.mails.filter((each) => !query.get('state') || each.state === query.get('state'));
    const from = query.get('cursor') ? found.findIndex((each) => each.id === query.get('cursor')) + 1 : 0;
    const limit = Number(query.get('limit') ?? 50);
    const mails = found.slice(from, from + limit);
    return { body: { mails, mail_server: this.mailServer, next_cursor: from + limit < found.length ? (mails.at(-1)?.id ?? null) : null, as_of } };
  }

  private route(method: string, key: string, body: Record<string, unknown>, ifMatch: string | null, as_of: string): Reply {
    const found = this.routes.find((each) => each.id === key);
    if (!key && method === 'GET') return { body: { routes: this.routes.map(({ version: _, ...each }) => ({ ...each, as_of })), as_of } };
    if (!key) {
      const said = { enabled: true, of: {}, tell_resolved: false, ...body } as unknown as RouteDefinition;
      const wrong = faultOf(said.steps);
      if (wrong) return wrong;
      const made = { id: crypto.randomUUID(), route: said, created_at: as_of, as_of, version: 1 };
      this.routes = [...this.routes, made];
      return { status: 201, body: made, version: 1 };
    }
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such route');
    if (method === 'DELETE') {
      this.routes = this.routes.filter((each) => each !== found);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      const next = { ...found.route, ...(body as Partial<RouteDefinition>) };
      const wrong = faultOf(next.steps);
      if (wrong) return wrong;
      if (ifMatch !== `"${found.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the route was changed by somebody else meanwhile; nothing was changed');
      Object.assign(found, { route: next, version: found.version + 1 });
    }
    return { body: { ...found, as_of }, version: found.version };
  }
}

/** What the hub refuses of steps: somebody to tell in each, by a way that fits. */
function faultOf(steps: RouteStep[]): Reply | null {
  const bad = (detail: string) => no(400, 'bad-body', 'The body is not valid', detail);
  if (steps.length === 0 || steps.length > 10) return bad('steps: at most 10 steps, each to at most 50');
  if (steps[0]?.after !== 'PT0S') return bad('steps[0].after: expected PT0S, for the first step is told at once');
  const empty = steps.findIndex((step) => step.to.length === 0);
  if (empty >= 0) return bad(`steps[${empty}].to: expected somebody to tell, got nobody`);
  const odd = steps.flatMap((step) => step.to).find((to) => (to.channel === 'webhook' ? !to.webhook_id || to.role || to.user_id : Boolean(to.role) === Boolean(to.user_id)));
  return odd ? bad('steps[0].to: expected user_id or role, one of the two') : null;
}
