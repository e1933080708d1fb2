/** RFC 9457 as the hub writes it; the generated client leaves error bodies untyped. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail?: string | null;
  fix_hint?: string | null;
  request_id?: string | null;
}

/** Kinds that pages treat in a way of their own. */
export const PROBLEM = {
  stepUp: 'urn:vyavs:problem:step-up',
  wrongCredentials: 'urn:vyavs:problem:wrong-credentials',
  secondFactor: 'urn:vyavs:problem:second-factor',
  wrongCode: 'urn:vyavs:problem:wrong-code',
  stale: 'urn:vyavs:problem:stale',
  forbidden: 'urn:vyavs:problem:forbidden',
  conflict: 'urn:vyavs:problem:conflict',
} as const;

/** What every failed query carries: the hub's problem, or a link that did not answer. */
export type ApiError =
  | { kind: 'problem'; problem: ProblemDetails }
  | { kind: 'unreachable'; message: string };

export function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'kind' in error;
}

/** The hub's problem behind a failure, if it is of that kind. */
export function problemOf(error: unknown, kind?: string): ProblemDetails | null {
  const problem = isApiError(error) && error.kind === 'problem' ? error.problem : null;
  return problem && (kind === undefined || problem.type === kind) ? problem : null;
}

/** A value that the hub refused, by the hub's name of its field (`barcodes[2].gtin`), and what it says of it. */
export function refusedField(error: unknown): { field: string; says: string } | null {
  const problem = problemOf(error);
  const named = problem?.status === 400 ? /^([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*): (.+)$/s.exec(problem.detail ?? '') : null;
  return named?.[1] && named[2] ? { field: named[1], says: named[2] } : null;
}

/** What the hub holds against these fields, for the place of each; `rest` is what belongs to none of them. */
export function refusedIn<F extends string>(error: unknown, fields: readonly F[]): { at: (field: F) => string | undefined; rest: unknown } {
  const refused = refusedField(error);
  const known = fields.find((field) => field === refused?.field);
  return { at: (field) => (field === known ? refused?.says : undefined), rest: known === undefined ? error : undefined };
}

/** A body that is not a problem still gets a status and a title, never its raw text. */
export function toProblem(status: number, body: unknown, requestId: string | null): ProblemDetails {
  const given = typeof body === 'object' && body !== null ? (body as Partial<ProblemDetails>) : {};
  return {
    type: typeof given.type === 'string' ? given.type : 'about:blank',
    title: typeof given.title === 'string' ? given.title : '',
    status,
    detail: given.detail ?? null,
    fix_hint: given.fix_hint ?? null,
    request_id: given.request_id ?? requestId,
  };
}
