import type { Case, CaseFinding, CaseKind, CaseState } from '../../api';
import type { Tone } from '../../app/theme';

export const STATES: readonly CaseState[] = ['open', 'in_review', 'proposed_close', 'closed'];
export const KINDS: readonly CaseKind[] = ['fraud', 'loss'];
export const FINDINGS: readonly CaseFinding[] = ['confirmed', 'unfounded', 'inconclusive', 'process'];
export const TONE: Record<CaseState, Tone> = { open: 'bad', in_review: 'info', proposed_close: 'warn', closed: 'good' };

/** What can be done in a case. */
export type Act = 'start_review' | 'assign' | 'link' | 'propose_close' | 'close' | 'refuse_close' | 'reopen';

/** What somebody may do in a case as it stands: who proposed to close it never closes it. */
export function actsIn(found: Pick<Case, 'state' | 'proposed_by'>, me: string, may: { write: boolean; close: boolean }): Act[] {
  const writes: Record<CaseState, Act[]> = {
    open: ['start_review', 'assign', 'link'],
    in_review: ['propose_close', 'assign', 'link'],
    proposed_close: ['refuse_close'],
    closed: ['reopen'],
  };
  const closes = found.state === 'proposed_close' && may.close && found.proposed_by !== me;
  return [...(closes ? (['close'] as const) : []), ...(may.write ? writes[found.state] : [])];
}
