import type { AlertRule, RuleBacktest } from '../api';
import { RULES } from './fakeAlerts';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker, FakeWork } from './fakeWork';
import { STORE, type World } from './world';

const DAY = 86_400_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const MEASURES = [
  { name: 'temperature', subject: 'sensor', unit: 'Cel', about: 'As the sensor reads it.' },
  { name: 'refund', subject: 'till', unit: '', about: 'A refund was rung; each counts 1.' },
  { name: 'heard', subject: 'device', unit: '', about: 'A device spoke.' },
];

/** The alert rules of the fake hub; a back-test is a job, and what it found stands at the rule then. */
export class FakeRules {
  rules: (AlertRule & { version: number })[];

  constructor(
    private readonly world: World,
    private readonly work: FakeWork,
  ) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const rule = (id: string, name: string, condition: object, severity: AlertRule['severity'], part: Partial<AlertRule>): AlertRule & { version: number } => ({
      id, name, scope: { stores: [], kinds: [], models: [], product_groups: [] }, condition, severity, dedupe_key: '{rule}/{store}/{subject}',
      cause: '{subject} shows {value}, limit {limit}, since {since}. Look at it.', lateness: 'PT0S', state: 'active', revision: 1, active_revision: 1, backtest: this.found(14),
      useful_votes: 0, useless_votes: 0, precision: null, written_by: { kind: 'person', id: PEOPLE.maya }, created_at: at(60 * DAY), changed_at: at(3 * DAY), as_of: at(0), version: 1, ...part,
    });
    this.rules = [
      rule(RULES.fridge, 'Fridge too warm', { kind: 'threshold', measure: 'temperature', op: 'above', value: 8, for: 'PT30M', hysteresis: 0.5, hold: 'PT15M' }, 'critical', { scope: { stores: [], kinds: ['fridge'], models: [], product_groups: [] }, useful_votes: 6, useless_votes: 1, precision: 6 / 7 }),
      rule(RULES.refunds, 'Unusually many refunds at a till', { kind: 'rate', measure: 'refund', of: 'count', op: 'above', value: 10, per: 'PT4H' }, 'warning', { state: 'active_with_draft', revision: 2, backtest: null, scope: { stores: [STORE.kirkgate], kinds: [], models: [], product_groups: [] } }),
      rule(RULES.silent, 'Device silent', { kind: 'absence', measure: 'heard', for: 'PT20M' }, 'warning', { state: 'draft', active_revision: null, backtest: this.found(310, 'it would have fired on every day') }),
    ];
  }

  private found(fired: number, noisy: string | null = null): RuleBacktest {
    const at = (ago: number) => new Date(this.world.now() - ago).toISOString();
    return {
      job_id: crypto.randomUUID(), at: at(DAY),
      found: {
        from: at(28 * DAY), until: at(0), watched: 40_320, fired, open: 0, alerts: Math.ceil(fired / 2), firing_s: 5_400, by_day: [], noisy, known_useful: noisy ? 0 : 5, known_useless: noisy ? 0 : 1,
        latest: [{ at: at(DAY), store_id: STORE.fore, subject: 'fridge-1.air', cause: 'fridge-1.air shows 8.4 °C, limit 8 °C' }],
      },
    };
  }

  answer(method: string, path: string, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const [, area = '', key = '', part = ''] = path.split('/');
    if (area !== 'rules') return null;
    const needs = method === 'GET' ? 'alerts.read' : 'rules.write';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const as_of = new Date(this.world.now()).toISOString();
    if (key === 'measures') return { body: { measures: MEASURES, as_of } };
    if (!key && method === 'GET') return { body: { rules: this.rules, as_of } };
    if (!key) {
      const made: AlertRule & { version: number } = {
        scope: {}, dedupe_key: '{rule}/{store}/{subject}', lateness: 'PT0S', ...(body as unknown as Pick<AlertRule, 'name' | 'condition' | 'severity' | 'cause'>), id: crypto.randomUUID(), state: 'draft', revision: 1, active_revision: null,
        backtest: null, useful_votes: 0, useless_votes: 0, precision: null, written_by: { kind: 'person', id: asker.id }, created_at: as_of, changed_at: as_of, as_of, version: 1,
      };
      this.rules = [...this.rules, made];
      return { status: 201, body: made, version: 1 };
    }
    const rule = this.rules.find((each) => each.id === key);
    if (!rule) return no(404, 'not-found', 'Not found', 'there is no such rule');
    const moved = (change: Partial<AlertRule>) => Object.assign(rule, change, { version: rule.version + 1, changed_at: as_of });
    switch (`${method} ${part}`) {
      case 'GET ':
        return { body: rule, version: rule.version };
      case 'PATCH ': {
        if (ifMatch !== `"${rule.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the rule was changed by somebody else meanwhile; nothing was changed');
        moved({ ...body, revision: rule.revision + 1, backtest: null, state: rule.active_revision === null ? 'draft' : 'active_with_draft' });
        return { body: rule, version: rule.version };
      }
      case 'DELETE ':
        this.rules = this.rules.filter((each) => each.id !== key);
        return { status: 204 };
      case 'POST backtest':
        return this.work.queue('rules.backtest', { rule_id: key }, asker, as_of, () => moved({ backtest: this.found(3) }));
      case 'POST activate':
        if (!rule.backtest) return no(409, 'conflict', 'Not possible now', 'this revision of the rule was not tried on history yet');
        moved({ state: 'active', active_revision: rule.revision });
        return { body: rule, version: rule.version };
      case 'POST deactivate':
        moved({ state: 'draft', active_revision: null });
        return { body: rule, version: rule.version };
      default:
        return null;
    }
  }
}
