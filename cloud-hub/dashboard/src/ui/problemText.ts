import type { TFunction } from 'i18next';
import { isApiError, PROBLEM, problemOf } from '../api/problem';

/** One sentence or two about a failed change, for the place where it was asked for. */
export function problemText(error: unknown, t: TFunction): string {
  if (isApiError(error) && error.kind === 'unreachable') return t('problem.unreachable.text');
  const problem = problemOf(error);
  if (!problem) return t('problem.unknown.text');
  if (problem.type === PROBLEM.stepUp) return t('problem.factorNotShown');
  return problem.detail || problem.title || t('problem.unknown.text');
}
