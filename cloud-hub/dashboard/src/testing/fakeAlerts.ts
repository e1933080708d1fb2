import type { Alert, AlertCommand, AlertHistory, AlertState, By } from '../api';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const HUB: By = { kind: 'hub', id: null };
const STATES: AlertState[] = ['open', 'acknowledged', 'snoozed', 'suppressed', 'resolved'];
export const RULES = { fridge: id(31, 1), silent: id(31, 2), refunds: id(31, 3) };

/** The incidents of the fake hub, each with its history, and what may be done with them in which state. */
export class FakeAlerts {
  alerts: Alert[];
  readonly history = new Map<string, AlertHistory[]>();

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const make = (n: number, rule_id: string | null, store_id: string, severity: Alert['severity'], title: string, cause: string, firing: string[], ago: number, part: Partial<Alert> = {}): Alert => ({
      id: id(30, n), store_id, rule_id, state: 'open', severity, title, cause, firing, tags: [], assignee_id: null, by: null, until: null, suppressed_because: null, outcome: null,
      resolved_at: null, opened_at: at(ago), first_seen_at: at(ago), last_seen_at: at(Math.min(ago, 20_000)), cleared_at: null, changed_at: at(ago), count: 1, flapping: false,
      comments: 0, votes: { useful: 0, useless: 0, mine: null }, ...part,
    });
    this.alerts = [
      make(1, RULES.fridge, STORE.fore, 'critical', 'Fridge too warm', 'fridge-1.air shows 7.4 °C, limit 5 °C, since 15:30. Move the goods, then look at door and compressor.', ['fridge-1.air'], 12 * MINUTE, { count: 3 }),
      make(2, RULES.refunds, STORE.kirkgate, 'warning', 'Unusually many refunds at a till', '14 refunds at till-2 within 4 hours, usual are at most 10. Look at the tickets since 11:50.', ['till-2'], 50 * MINUTE, { state: 'acknowledged', by: { kind: 'person', id: PEOPLE.ana }, assignee_id: PEOPLE.ana, comments: 1, votes: { useful: 1, useless: 0, mine: null } }),
      make(3, RULES.silent, STORE.castle, 'warning', 'Device silent', 'box-1 has not been heard since 14:06. Sales go on and are kept in the shop; look at its power and its network.', ['box-1'], 96 * MINUTE, { flapping: true, count: 5 }),
      make(4, RULES.fridge, STORE.harbour, 'critical', 'Fridge too warm', 'fridge-2.air shows 9.1 °C, limit 8 °C, since 12:10. Move the goods, then look at door and compressor.', ['fridge-2.air'], 3 * HOUR, { state: 'suppressed', suppressed_because: 'The compressor is being replaced', until: at(-20 * HOUR), by: null }),
      make(5, null, STORE.fore, 'info', 'Freezer, air', 'Freezer, air: the compressor runs longer than it used to', [], 5 * HOUR, { state: 'snoozed', by: { kind: 'person', id: PEOPLE.maya }, until: at(-4 * HOUR), cleared_at: at(HOUR) }),
      ...Array.from({ length: 58 }, (_, n) =>
        make(10 + n, RULES.silent, n % 2 ? STORE.kirkgate : STORE.harbour, 'warning', 'Device silent', 'box-1 has not been heard for 20 minutes.', [], (n + 2) * 11 * HOUR, {
          state: 'resolved', outcome: n % 3 ? 'fixed' : 'cleared_by_itself', resolved_at: at((n + 2) * 11 * HOUR - HOUR), cleared_at: at((n + 2) * 11 * HOUR - HOUR),
        }),
      ),
    ];
    for (const alert of this.alerts) {
      this.note(alert.id, 'opened', HUB, { subject: alert.firing[0], cause: alert.cause }, Date.parse(alert.opened_at));
      if (alert.state !== 'open') this.note(alert.id, alert.state, alert.by ?? HUB, { until: alert.until, cause: alert.suppressed_because, outcome: alert.outcome, note: '' }, Date.parse(alert.opened_at) + MINUTE);
      if (alert.comments > 0) this.note(alert.id, 'commented', { kind: 'person', id: PEOPLE.ana }, { text: 'Asked the shift lead to call back.' }, Date.parse(alert.opened_at) + 5 * MINUTE);
    }
  }

  /** Something new happens in a shop. */
  raise(store_id: string, title: string): Alert {
    const now = new Date(this.world.now()).toISOString();
    const first = this.alerts[0] as Alert;
    const alert: Alert = { ...first, id: crypto.randomUUID(), store_id, title, rule_id: null, severity: 'critical', state: 'open', cause: `${title}, seen just now`, opened_at: now, first_seen_at: now, last_seen_at: now, changed_at: now, count: 1 };
    this.alerts = [alert, ...this.alerts];
    this.note(alert.id, 'opened', HUB, { cause: alert.cause });
    return alert;
  }

  private note(alert: string, what: string, by: By, details: object, at = this.world.now()): void {
    const events = this.history.get(alert) ?? [];
    events.push({ seq: events.length + 1, at: new Date(at).toISOString(), by, what, details });
    this.history.set(alert, events);
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, asker: Asker): Reply | null {
    const [, area = '', key = '', part = ''] = path.split('/');
    if (area !== 'alerts' || part) return null;
    const needs = method === 'GET' ? 'alerts.read' : 'alerts.act';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const as_of = new Date(this.world.now()).toISOString();
    if (method === 'POST' && key === 'bulk') {
      const { ids, command } = body as unknown as { ids: string[]; command: AlertCommand };
      return { body: { outcomes: ids.map((each) => this.act(each, command, asker.id)), as_of } };
    }
    if (method !== 'GET') return null;
    if (!key) return this.list(query, as_of);
    const alert = this.alerts.find((each) => each.id === key);
    if (!alert) return no(404, 'not-found', 'Not found', 'there is no such alert');
    const history = this.history.get(key) ?? [];
    return { body: { alert, history, events: history.length, as_of } };
  }

  private act(key: string, command: AlertCommand, person: string) {
    const alert = this.alerts.find((each) => each.id === key);
    const by: By = { kind: 'person', id: person };
    const refuse = (refused: string) => ({ id: key, done: false, state: null, refused });
    if (!alert) return refuse('there is no such alert');
    const over = alert.state === 'resolved';
    const asleep = alert.state === 'snoozed' || alert.state === 'suppressed';
    const change = (part: Partial<Alert>) => Object.assign(alert, { by: null, until: null, suppressed_because: null, ...part, changed_at: new Date(this.world.now()).toISOString() });
    switch (command.command) {
      case 'acknowledge':
        if (over) return refuse('the incident is resolved; reopen it first');
        if (alert.state === 'acknowledged') return refuse('the incident is acknowledged already');
        change({ state: 'acknowledged', by });
        this.note(key, 'acknowledged', by, {});
        break;
      case 'assign':
        alert.assignee_id = command.user_id ?? null;
        this.note(key, 'assigned', by, { to: command.user_id ?? null });
        break;
      case 'comment':
        alert.comments += 1;
        this.note(key, 'commented', by, { text: command.text });
        break;
      case 'snooze':
        if (over) return refuse('the incident is resolved; reopen it first');
        change({ state: 'snoozed', by, until: command.until });
        this.note(key, 'snoozed', by, { until: command.until });
        break;
      case 'suppress':
        if (over) return refuse('the incident is resolved; reopen it first');
        change({ state: 'suppressed', suppressed_because: command.cause, until: command.until ?? null });
        this.note(key, 'suppressed', by, { cause: command.cause, until: command.until ?? null });
        break;
      case 'wake':
        if (!asleep) return refuse('the incident is neither snoozed nor suppressed');
        change({ state: 'open' });
        this.note(key, 'woken', by, {});
        break;
      case 'resolve':
        if (over) return refuse('the incident is resolved; reopen it first');
        change({ state: 'resolved', outcome: command.outcome, resolved_at: new Date(this.world.now()).toISOString() });
        this.note(key, 'resolved', by, { outcome: command.outcome, note: command.note ?? '' });
        break;
      case 'reopen':
        if (!over) return refuse('the incident is not resolved, so there is nothing to reopen');
        change({ state: 'open', outcome: null, resolved_at: null });
        this.note(key, 'reopened', by, { cause: command.cause });
        break;
      case 'vote': {
        const { useful, useless, mine } = alert.votes;
        alert.votes = {
          useful: useful - (mine === true ? 1 : 0) + (command.useful ? 1 : 0),
          useless: useless - (mine === false ? 1 : 0) + (command.useful ? 0 : 1),
          mine: command.useful,
        };
        this.note(key, 'voted', by, { useful: command.useful });
      }
    }
    return { id: key, done: true, state: alert.state, refused: null };
  }

  private list(query: URLSearchParams, as_of: string): Reply {
    const states = query.get('state')?.split(',') ?? STATES;
    const severities = query.get('severity')?.split(',');
    const text = (query.get('text') ?? '').toLowerCase();
    const who = query.get('assignee');
    const within = this.alerts.filter(
      (alert) =>
        (!query.get('store_id') || alert.store_id === query.get('store_id')) &&
        (!query.get('rule_id') || alert.rule_id === query.get('rule_id')) &&
        (!severities || severities.includes(alert.severity)) &&
        (!who || (who === 'none' ? alert.assignee_id === null : alert.assignee_id === who)) &&
        `${alert.title} ${alert.cause} ${alert.firing.join(' ')}`.toLowerCase().includes(text),
    );
    const counts = Object.fromEntries(STATES.map((state) => [state, within.filter((alert) => alert.state === state).length]));
    const found = within.filter((alert) => states.includes(alert.state)).sort((a, b) => b.opened_at.localeCompare(a.opened_at));
    const limit = Number(query.get('limit') ?? 50);
    return { body: { alerts: found.slice(0, limit), counts, next_cursor: found.length > limit ? 'more' : null, as_of } };
  }
}
