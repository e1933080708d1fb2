/** A condition as its form holds it: the fields of all four kinds, each kept while another kind is looked at. */
export interface ConditionDraft {
  kind: Kind;
  /** Measure; of a score the model. */
  measure: string;
  op: Op;
  value: string;
  of: Aggregate;
  /** Minutes. */
  lasting: string;
  /** Minutes. */
  per: string;
  /** Minutes. */
  hold: string;
  hysteresis: string;
}

export const KINDS = ['threshold', 'rate', 'absence', 'score'] as const;
export type Kind = (typeof KINDS)[number];
export const OPS = ['above', 'at_least', 'below', 'at_most'] as const;
export type Op = (typeof OPS)[number];
export const AGGREGATES = ['count', 'sum', 'mean', 'change'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export const NEW: ConditionDraft = { kind: 'threshold', measure: 'temperature', op: 'above', value: '', of: 'count', lasting: '10', per: '60', hold: '15', hysteresis: '' };

const UNITS = { D: 1_440, H: 60, M: 1, S: 1 / 60 } as const;

/** Minutes of an ISO duration such as `PT1H30M`; null for another text. */
export function minutesOf(iso: unknown): number | null {
  const match = typeof iso === 'string' ? /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(iso) : null;
  if (!match || iso === 'P') return null;
  const [, days, hours, minutes, seconds] = match;
  return Number(days ?? 0) * UNITS.D + Number(hours ?? 0) * UNITS.H + Number(minutes ?? 0) + Number(seconds ?? 0) * UNITS.S;
}

/** Minutes as an ISO duration, to the second. */
export function durationOf(minutes: number): string {
  const whole = Math.floor(minutes);
  const seconds = Math.round((minutes - whole) * 60);
  return seconds > 0 ? `PT${whole}M${seconds}S` : `PT${whole}M`;
}

const text = (value: unknown) => (typeof value === 'number' ? String(value) : '');
const minutes = (value: unknown) => text(minutesOf(value));

/** The form of a condition that the hub holds; what is not said there stays as in a new one. */
export function draftOf(condition: object): ConditionDraft {
  const given = condition as Record<string, unknown>;
  const kind = KINDS.find((each) => each === given.kind) ?? 'threshold';
  const measure = kind === 'score' ? given.model : given.measure;
  return {
    kind,
    measure: typeof measure === 'string' ? measure : '',
    op: OPS.find((each) => each === given.op) ?? NEW.op,
    value: text(kind === 'score' ? given.min : given.value),
    of: AGGREGATES.find((each) => each === given.of) ?? NEW.of,
    lasting: minutes(given.for) || '0',
    per: minutes(given.per) || NEW.per,
    hold: minutes(given.hold) || NEW.hold,
    hysteresis: text(given.hysteresis),
  };
}

const number = (input: string) => (input.trim() === '' || !Number.isFinite(Number(input)) ? null : Number(input));

/** As the hub takes it; null while something is missing or is no number. */
export function conditionOf(draft: ConditionDraft): object | null {
  const measure = draft.measure.trim();
  const [value, lasting, per, hold] = [number(draft.value), number(draft.lasting), number(draft.per), number(draft.hold)];
  const hysteresis = draft.hysteresis.trim() === '' ? 0 : number(draft.hysteresis);
  if (!measure || hysteresis === null) return null;
  switch (draft.kind) {
    case 'threshold':
      return value === null || lasting === null || hold === null ? null : { kind: 'threshold', measure, op: draft.op, value, for: durationOf(lasting), hysteresis, hold: durationOf(hold) };
    case 'rate':
      return value === null || per === null ? null : { kind: 'rate', measure, of: draft.of, op: draft.op, value, per: durationOf(per) };
    case 'absence':
      return lasting === null ? null : { kind: 'absence', measure, for: durationOf(lasting) };
    case 'score':
      return value === null ? null : { kind: 'score', model: measure, min: value, hysteresis };
  }
}
