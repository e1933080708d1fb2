import type { Alert, AlertState, Outcome, Severity } from '../../api';
import type { Tone } from '../../app/theme';

export const STATES: readonly AlertState[] = ['open', 'acknowledged', 'snoozed', 'suppressed', 'resolved'];
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];
export const OUTCOMES: readonly Outcome[] = ['fixed', 'false_alarm', 'expected', 'duplicate', 'cleared_by_itself'];
export const SEVERITY_TONE: Record<Severity, Tone> = { critical: 'bad', warning: 'warn', info: 'info' };
export const STATE_TONE: Record<AlertState, Tone> = { open: 'bad', acknowledged: 'info', snoozed: 'quiet', suppressed: 'quiet', resolved: 'good' };

/** What can be done to an alert. */
export type Act = 'acknowledge' | 'assign' | 'snooze' | 'suppress' | 'wake' | 'resolve' | 'reopen';

const ACTS: Record<AlertState, readonly Act[]> = {
  open: ['acknowledge', 'assign', 'snooze', 'suppress', 'resolve'],
  acknowledged: ['assign', 'snooze', 'suppress', 'resolve'],
  snoozed: ['wake', 'acknowledge', 'assign', 'resolve'],
  suppressed: ['wake', 'resolve'],
  resolved: ['reopen'],
};

export function actsOn(alert: Pick<Alert, 'state'>): readonly Act[] {
  return ACTS[alert.state];
}

/** What fits at least one of some alerts; the hub refuses the others by name. */
export function actsOnSome(alerts: readonly Pick<Alert, 'state'>[]): Act[] {
  const all: readonly Act[] = ['acknowledge', 'assign', 'snooze', 'suppress', 'wake', 'resolve', 'reopen'];
  return all.filter((act) => alerts.some((alert) => ACTS[alert.state].includes(act)));
}

/** Which states are shown: one, those that want somebody, or all. */
export const SHOWN = ['todo', ...STATES, 'all'] as const;
export type Shown = (typeof SHOWN)[number];
export const GROUPS = ['none', 'store', 'rule', 'severity'] as const;
export type Group = (typeof GROUPS)[number];

/** The inbox's filter as it stands in the URL. */
export interface AlertFilter {
  shown: Shown;
  severity: Severity | '';
  store: string;
  rule: string;
  /** `me`, `none`, a person, or anybody. */
  who: string;
  text: string;
  group: Group;
}

export const NO_FILTER: AlertFilter = { shown: 'todo', severity: '', store: '', rule: '', who: '', text: '', group: 'none' };

export function readFilter(params: URLSearchParams): AlertFilter {
  return {
    shown: SHOWN.find((each) => each === params.get('show')) ?? 'todo',
    severity: SEVERITIES.find((each) => each === params.get('severity')) ?? '',
    store: params.get('store') ?? '',
    rule: params.get('rule') ?? '',
    who: params.get('who') ?? '',
    text: params.get('q') ?? '',
    group: GROUPS.find((each) => each === params.get('group')) ?? 'none',
  };
}

export function writeFilter(filter: AlertFilter): URLSearchParams {
  const given: [string, string][] = [
    ['show', filter.shown === 'todo' ? '' : filter.shown],
    ['severity', filter.severity],
    ['store', filter.store],
    ['rule', filter.rule],
    ['who', filter.who],
    ['q', filter.text],
    ['group', filter.group === 'none' ? '' : filter.group],
  ];
  return new URLSearchParams(given.filter(([, value]) => value !== ''));
}

/** As the hub is asked, `me` being whoever is signed in. */
export function askFor(filter: AlertFilter, me: string) {
  const state = filter.shown === 'todo' ? 'open,acknowledged' : filter.shown === 'all' ? undefined : filter.shown;
  return {
    state,
    severity: filter.severity || undefined,
    storeId: filter.store || undefined,
    ruleId: filter.rule || undefined,
    assignee: filter.who === 'me' ? me : filter.who || undefined,
    text: filter.text.trim() || undefined,
  };
}

/** Whether anything but the usual is asked for; the order of groups hides nothing. */
export function isFiltered(filter: AlertFilter): boolean {
  return writeFilter({ ...filter, group: 'none' }).size > 0;
}

/** Alerts under the name they share, in the order in which each name comes first. */
export function grouped(alerts: readonly Alert[], nameOf: (alert: Alert) => string): { name: string; alerts: Alert[] }[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const name = nameOf(alert);
    const known = groups.get(name);
    if (known) known.push(alert);
    else groups.set(name, [alert]);
  }
  return [...groups].map(([name, members]) => ({ name, alerts: members }));
}
