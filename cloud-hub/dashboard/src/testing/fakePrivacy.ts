import type { Delivery, PrivacyRequest, Retention, RetentionClass, Webhook } from '../api';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import type { World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });

/** Webhooks with their deliveries, privacy requests and retention of the fake hub. */
export class FakePrivacy {
  webhooks: (Webhook & { version: number })[];
  deliveries: Delivery[];
  requests: PrivacyRequest[];
  retention: Retention & { version: number };

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const hook = (n: number, name: string, part: Partial<Webhook>): Webhook & { version: number } => ({
      id: id(60, n), name, url: `https://hooks.example.com/${n}`, events: ['alert.opened', 'alert.resolved'], enabled: true, off_reason: null, failures: 0, paused_until: null, old_secret_until: null, created_at: at(30 * DAY), as_of: at(0), version: 1, ...part,
    });
    this.webhooks = [hook(1, 'Pager', {}), hook(2, 'ERP', { enabled: false, off_reason: 'it did not answer for a day', failures: 24 })];
    const delivery = (n: number, event: string, state: Delivery['state'], part: Partial<Delivery> = {}): Delivery => ({
      id: id(61, n), event, state, attempts: 1, next_at: null, error: null, created_at: at(n * 3_600_000), ended_at: at(n * 3_600_000 - 1_000),
      last_attempts: [{ number: 1, at: at(n * 3_600_000), took_ms: 84, status: state === 'failed' ? 500 : 200, error: null, response_head: 'ok' }], ...part,
    });
    this.deliveries = [delivery(1, 'alert.opened', 'delivered'), delivery(2, 'alert.resolved', 'failed', { attempts: 9, error: 'the receiver answered 500' })];
    const request = (n: number, kind: string, about: string, subject: string | null, state: string, ago: number, part: Partial<PrivacyRequest> = {}): PrivacyRequest => ({
      id: id(62, n), kind, about, subject, reason: 'request', state, asked_by: PEOPLE.maya, created_at: at(ago), due_at: at(ago - 30 * DAY), ended_at: state === 'done' ? at(ago - DAY) : null, job_id: null, preview: null, result: null, file_url: null, as_of: at(0), ...part,
    });
    const preview = {
      rows: [
        { what: 'record of the loyalty programme', count: 1, goes: true, why: 'its key is destroyed' },
        { what: 'receipts without their customer', count: 12, goes: false, why: 'Art. 17(3)(b) GDPR; the books are kept for 6 years by law' },
      ],
    };
    this.requests = [
      request(1, 'erasure', 'customer', 'c_4f1d', 'preview', DAY, { preview }),
      request(2, 'access', 'person', PEOPLE.tom, 'done', 10 * DAY, { file_url: `/api/v1/privacy/requests/${id(62, 2)}/file` }),
      request(3, 'access', 'customer', 'c_77aa', 'running', 40 * DAY),
    ];
    const kept = (name: string, period: string, own: boolean, part: Partial<RetentionClass> = {}): RetentionClass => ({
      class: name, period, own, at_least: null, at_most: null, why: `${name} are kept for ${period}.`, cutoff: at(400 * DAY), ran_at: at(DAY), removed: 0, removed_in_all: 0, ...part,
    });
    this.retention = {
      country: 'GB', timezone: 'Europe/London', next_run_at: at(-8 * 3_600_000), as_of: at(0), version: 3,
      classes: [
        kept('receipts', '6 calendar years', false, { at_least: '6 calendar years' }),
        kept('telemetry_raw', '30 days', true, { at_most: '13 months', removed: 48_213, removed_in_all: 912_004 }),
        kept('audit', '6 calendar years', false, { ran_at: null }),
      ],
    };
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = '', part = '', last = ''] = path.split('/');
    const needs = area === 'privacy' || area === 'retention' ? 'privacy.manage' : area.startsWith('webhook') ? (method === 'GET' ? 'webhooks.read' : 'webhooks.write') : null;
    if (needs === null) return null;
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const careful = method !== 'GET' && part !== 'test' && area !== 'webhook-deliveries';
    if (careful && !asker.fresh()) return no(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
    if (area === 'webhook-deliveries') {
      const found = this.deliveries.find((each) => each.id === key);
      if (found) Object.assign(found, { state: 'waiting', next_at: as_of, ended_at: null });
      return { status: 202, body: { delivery_id: key, as_of } };
    }
    if (area === 'webhooks') return this.hooks(method, key, part, query, body, ifMatch, as_of);
    if (area === 'retention') return this.keep(method, body, ifMatch);
    if (key === 'keys') return { status: 202, body: { job_id: crypto.randomUUID(), as_of } };
    const found = this.requests.find((each) => each.id === part);
    if (method === 'POST' && !part) {
      const erasure = body.kind === 'erasure';
      const made: PrivacyRequest = {
        id: crypto.randomUUID(), kind: String(body.kind), about: body.user_id ? 'person' : 'customer', subject: body.user_id ? String(body.user_id) : 'c_9b2e', reason: String(body.reason), state: erasure ? 'preview' : 'running',
        asked_by: asker.id, created_at: as_of, due_at: new Date(this.world.now() + 30 * DAY).toISOString(), ended_at: null, job_id: null, preview: erasure ? { rows: [{ what: 'record of the loyalty programme', count: 1, goes: true, why: 'its key is destroyed' }] } : null, result: null, file_url: null, as_of,
      };
      this.requests = [made, ...this.requests];
      return { status: 201, body: made };
    }
    if (!part) return { body: { requests: this.requests, next_cursor: null, as_of } };
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such privacy request');
    if (last === 'file') return { file: '{"customer":"c_4f1d"}', name: `access-${part}.json` };
    if (last === 'confirm') {
      if (found.state !== 'preview') return no(409, 'conflict', 'Not possible now', 'only an erasure that waits for it can be confirmed');
      Object.assign(found, { state: 'done', ended_at: as_of, subject: null, result: { keys: 1, rows: 4 } });
      return { status: 202, body: found };
    }
    return { body: found };
  }

  private hooks(method: string, key: string, part: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, as_of: string): Reply | null {
    const found = this.webhooks.find((each) => each.id === key);
    if (!key && method === 'GET') return { body: { webhooks: this.webhooks, as_of } };
    if (!key) {
      if (String(body.url).includes('127.0.0.1')) return no(400, 'bad-parameter', 'A parameter is not valid', 'url: 127.0.0.1 is an address of the hub’s own network');
      const made = { ...(this.webhooks[0] as Webhook & { version: number }), ...(body as { name: string; url: string; events: string[] }), id: crypto.randomUUID(), version: 1 };
      this.webhooks = [...this.webhooks, made];
      return { status: 201, body: { secret: 'whsec_c2VjcmV0', webhook: made, as_of } };
    }
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such webhook');
    if (part === 'deliveries') return { body: { deliveries: this.deliveries.filter((each) => !query.get('state') || each.state === query.get('state')), next_cursor: null, as_of } };
    if (part === 'secret') return { status: 201, body: { secret: 'whsec_bmV3', webhook: found, as_of } };
    if (part === 'test') return { status: 202, body: { delivery_id: crypto.randomUUID(), as_of } };
    if (method === 'DELETE') {
      this.webhooks = this.webhooks.filter((each) => each.id !== key);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      if (ifMatch !== `"${found.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the webhook was changed by somebody else meanwhile; nothing was changed');
      Object.assign(found, body, { version: found.version + 1 }, body.enabled === true ? { off_reason: null, failures: 0 } : {});
    }
    return { body: found, version: found.version };
  }

  private keep(method: string, body: Record<string, unknown>, ifMatch: string | null): Reply {
    const { retention } = this;
    if (method === 'PUT') {
      if (ifMatch !== `"${retention.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the retention was changed by somebody else meanwhile; nothing was changed');
      const periods = (body.periods ?? {}) as Record<string, string>;
      if (periods.receipts === '1 days') return no(400, 'bad-body', 'The body is not valid', 'periods: receipts: at least 6 calendar years by law');
      retention.version += 1;
      retention.country = String(body.country);
      retention.classes = retention.classes.map((each) => ({ ...each, own: each.class in periods, period: periods[each.class] ?? (each.own ? '13 months' : each.period) }));
    }
    return { body: retention, version: retention.version };
  }
}
