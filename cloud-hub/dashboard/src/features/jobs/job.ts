import type { ExportKind, FileFormat, Job, JobState, ReportKind } from '../../api';
import type { Tone } from '../../app/theme';

export const STATES: readonly JobState[] = ['queued', 'running', 'done', 'failed', 'cancelled'];
export const TONE: Record<JobState, Tone> = { queued: 'quiet', running: 'info', done: 'good', failed: 'bad', cancelled: 'quiet' };

export const REPORT_KINDS: readonly ReportKind[] = ['daily_store_brief', 'weekly_chain', 'shrink_exceptions', 'fridge_log'];
export const EXPORT_KINDS: readonly ExportKind[] = ['sales', 'transactions', 'lines', 'products', 'readings', 'alarms'];

/** Whether it still moves: such jobs are asked about often. */
export function isOpen(job: Pick<Job, 'state'>): boolean {
  return job.state === 'queued' || job.state === 'running';
}

/** What a report or an export was told, as far as a page shows it. */
export interface Order {
  kind: string | null;
  format: FileFormat | null;
  stores: string[];
  day: string | null;
  from: string | null;
  to: string | null;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** A job's input is whatever its kind of work takes: what is not as expected is left out, not stumbled over. */
export function orderOf(input: object): Order {
  const given = input as Record<string, unknown>;
  const stores = Array.isArray(given.store_ids) ? given.store_ids.filter((each): each is string => typeof each === 'string') : [];
  const format = (['csv', 'xlsx', 'pdf'] as const).find((each) => each === given.format) ?? null;
  return { kind: text(given.kind), format, stores, day: text(given.day), from: text(given.from), to: text(given.to) };
}

/** A part of a file with the sums that prove it whole. */
export interface FileSection {
  heading: string;
  rows: number;
  totals: { column: string; unit: string | null; sum: string | null }[];
  missing: string[];
  notes: string[];
}

const texts = (value: unknown) => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []);

export function sectionsOf(sections: readonly object[]): FileSection[] {
  return sections.map((each) => {
    const given = each as Record<string, unknown>;
    const totals = Array.isArray(given.totals) ? (given.totals as Record<string, unknown>[]) : [];
    return {
      heading: text(given.heading) ?? '',
      rows: typeof given.rows === 'number' ? given.rows : 0,
      totals: totals.map((total) => ({ column: text(total.column) ?? '', unit: text(total.unit), sum: text(total.sum) })),
      missing: texts(given.missing),
      notes: texts(given.notes),
    };
  });
}

/** Rows of the file of a job that is done. */
export function rowsOf(job: Job): number | null {
  const rows = (job.result as { rows?: unknown } | null)?.rows;
  return typeof rows === 'number' ? rows : null;
}

/** Where the file of a job is, if work of this kind makes one. */
export function fileOf(job: Pick<Job, 'kind' | 'id' | 'state'>): string | null {
  const room = job.kind === 'export' ? 'exports' : job.kind === 'report' ? 'reports' : null;
  return room && job.state === 'done' ? `/api/v1/${room}/${encodeURIComponent(job.id)}/file` : null;
}

/** How much of it is done, 0 to 100; null where nobody knows how much it is. */
export function percentOf(job: Pick<Job, 'done' | 'total'>): number | null {
  return job.total && job.total > 0 ? Math.min(100, Math.floor((100 * job.done) / job.total)) : null;
}

/** How long it took, or has taken until `now`, hub time. */
export function elapsedMs(job: Pick<Job, 'started_at' | 'ended_at'>, now: number): number | null {
  if (!job.started_at) return null;
  return Math.max(0, (job.ended_at ? Date.parse(job.ended_at) : now) - Date.parse(job.started_at));
}
