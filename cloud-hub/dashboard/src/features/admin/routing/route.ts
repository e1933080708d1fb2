import type { RouteChange, RouteDefinition, RouteMatch, RouteStep, RouteTarget } from '../../../api';
import { durationOf, minutesOf } from '../../rules/condition';

/** The most that the hub takes. */
export const MOST_STEPS = 10;
export const MOST_WHO = 50;
/** A week, in minutes. */
const LATEST = 10_080;

/** Somebody who is told, by one or both ways: `role:owner`, `user:<id>`, `webhook:<id>`, or nobody yet. */
export interface WhoDraft {
  key: number;
  who: string;
  inApp: boolean;
  mail: boolean;
}
export interface StepDraft {
  key: number;
  /** Minutes. */
  after: string;
  to: WhoDraft[];
}
/** A route as its form holds it. */
export interface Draft {
  name: string;
  severity: '' | 'warning' | 'critical';
  stores: string[];
  rules: string[];
  /** As typed. */
  tags: string;
  steps: StepDraft[];
  quiet: boolean;
  from: string;
  to: string;
  passes: boolean;
  tellResolved: boolean;
}

let made = 0;
export const nobody = (): WhoDraft => ({ key: ++made, who: '', inApp: true, mail: false });
export const newStep = (after: string): StepDraft => ({ key: ++made, after, to: [nobody()] });
export const newDraft = (): Draft => ({
  name: '', severity: 'warning', stores: [], rules: [], tags: '', steps: [newStep('0')], quiet: false, from: '22:00', to: '07:00', passes: true, tellResolved: false,
});

/** Who is at the end of a target, whatever the way there. */
export function whoOf(target: RouteTarget): string {
  if (target.webhook_id) return `webhook:${target.webhook_id}`;
  return target.user_id ? `user:${target.user_id}` : `role:${target.role ?? ''}`;
}

/** One line for each who is told, with the ways there are to them; in the order they were first named. */
export function peopleOf(targets: readonly RouteTarget[]): WhoDraft[] {
  const found = new Map<string, WhoDraft>();
  for (const target of targets) {
    const who = whoOf(target);
    const line = found.get(who) ?? { key: ++made, who, inApp: false, mail: false };
    found.set(who, { ...line, inApp: line.inApp || target.channel === 'in_app', mail: line.mail || target.channel === 'mail' });
  }
  return [...found.values()];
}

export function draftOf(route: RouteDefinition): Draft {
  const of = route.of ?? {};
  return {
    name: route.name,
    severity: of.severity === 'warning' || of.severity === 'critical' ? of.severity : '',
    stores: of.stores ?? [],
    rules: of.rules ?? [],
    tags: (of.tags ?? []).join(', '),
    steps: route.steps.map((step) => ({ key: ++made, after: String(minutesOf(step.after) ?? ''), to: peopleOf(step.to) })),
    quiet: Boolean(route.quiet),
    from: route.quiet?.from ?? '22:00',
    to: route.quiet?.to ?? '07:00',
    passes: route.quiet ? route.quiet.critical_passes === true : true,
    tellResolved: route.tell_resolved === true,
  };
}

function targetsOf({ who, inApp, mail }: WhoDraft): RouteTarget[] {
  const at = who.indexOf(':');
  const [kind, id] = [who.slice(0, at), who.slice(at + 1)];
  if (kind === 'webhook') return [{ channel: 'webhook', webhook_id: id }];
  const whom = kind === 'user' ? { user_id: id } : { role: id };
  return [...(inApp ? [{ channel: 'in_app' as const, ...whom }] : []), ...(mail ? [{ channel: 'mail' as const, ...whom }] : [])];
}

/** What a form says, as the hub takes it: whether it is whole says `lacksOf`. */
export function definitionOf(draft: Draft): Required<Pick<RouteDefinition, 'name' | 'of' | 'steps' | 'tell_resolved'>> & Pick<RouteDefinition, 'quiet'> {
  const of: RouteMatch = {
    ...(draft.severity && { severity: draft.severity }),
    rules: draft.rules,
    stores: draft.stores,
    tags: draft.tags.split(',').map((each) => each.trim()).filter(Boolean),
  };
  const steps: RouteStep[] = draft.steps.map((step, n) => ({
    after: n === 0 ? 'PT0S' : durationOf(Number(step.after)),
    to: step.to.filter((each) => each.who).flatMap(targetsOf),
  }));
  const quiet = draft.quiet ? { from: draft.from, to: draft.to, critical_passes: draft.passes } : null;
  return { name: draft.name.trim(), of, steps, quiet, tell_resolved: draft.tellResolved };
}

/** Only what differs from how the route was read: what somebody else changes beside it is not touched. */
export function changeOf(read: RouteDefinition, draft: Draft): RouteChange | null {
  const before = definitionOf(draftOf(read));
  const next = definitionOf(draft);
  const parts = (['name', 'of', 'steps', 'quiet', 'tell_resolved'] as const).filter((part) => JSON.stringify(before[part]) !== JSON.stringify(next[part]));
  return parts.length > 0 ? Object.fromEntries(parts.map((part) => [part, next[part]])) : null;
}

/** What is missing before the hub is asked. */
export interface Lacks {
  name: boolean;
  stores: boolean;
  quiet: boolean;
  steps: { after: boolean; to: boolean }[];
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const isWhole = (each: WhoDraft) => each.who.startsWith('webhook:') || (each.who !== '' && (each.inApp || each.mail));

/** `everywhere`: whether who writes it reaches all stores; who does not names theirs. */
export function lacksOf(draft: Draft, everywhere: boolean): Lacks {
  return {
    name: !draft.name.trim(),
    stores: !everywhere && draft.stores.length === 0,
    quiet: draft.quiet && (!TIME.test(draft.from) || !TIME.test(draft.to) || draft.from === draft.to),
    steps: draft.steps.map((step, n) => {
      const before = n > 0 ? Number(draft.steps[n - 1]?.after) || 0 : 0;
      const after = Number(step.after);
      return {
        after: n > 0 && !(step.after.trim() !== '' && after > before && after <= LATEST),
        to: step.to.length === 0 || !step.to.every(isWhole),
      };
    }),
  };
}

export function isWanting(lacks: Lacks): boolean {
  return lacks.name || lacks.stores || lacks.quiet || lacks.steps.some((step) => step.after || step.to);
}
