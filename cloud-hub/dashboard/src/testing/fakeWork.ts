import type { Job, NewSchedule, ReportOffer, Schedule } from '../api';
import type { Reply } from './fakeOffice';
import { PEOPLE } from './fakeOffice';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FORMATS: ReportOffer['formats'] = ['pdf', 'xlsx', 'csv'];
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });

/** What somebody holds, and whether they showed a factor: of the office. */
export interface Asker {
  id: string;
  may: (permission: string) => boolean;
  fresh: () => boolean;
}

/** Reports, exports, schedules and jobs of the fake hub. A job moves a step with every question about it while `moves` is true. */
export class FakeWork {
  moves = true;
  reports: ReportOffer[] = [
    { kind: 'daily_store_brief', title: 'Daily store brief', about: 'One day of each store.', needs: 'sales.read', formats: FORMATS },
    { kind: 'weekly_chain', title: 'Weekly chain report', about: 'A week of all stores.', needs: 'sales.read', formats: FORMATS },
    { kind: 'shrink_exceptions', title: 'Shrink and exceptions', about: 'Returns, voids, opened drawers.', needs: 'sales.read', formats: FORMATS },
    { kind: 'fridge_log', title: 'Fridge log', about: 'Temperatures hour by hour.', needs: 'telemetry.read', formats: FORMATS },
  ];
  jobs: Job[];
  schedules: (Schedule & { version: number })[];

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const job = (n: number, kind: string, input: object, state: Job['state'], ago: number, part: Partial<Job> = {}): Job => ({
      id: id(20, n), kind, input, state, priority: 0, started_by: { kind: 'person', id: PEOPLE.maya }, schedule_id: null, created_at: at(ago), run_at: at(ago),
      started_at: state === 'queued' ? null : at(ago - 1_000), moved_at: state === 'queued' ? null : at(ago - 20_000),
      ended_at: ['done', 'failed', 'cancelled'].includes(state) ? at(ago - 41_000) : null, cancel_requested_at: null,
      done: 0, total: null, unit: 'rows', expected_at: null, stalled: false, failures: 0, error: null, result: null, file: null, as_of: at(0), ...part,
    });
    const brief = { kind: 'daily_store_brief', format: 'pdf', store_ids: [], locale: 'en-GB' };
    const schedule = (n: number, name: string, input: object, pattern: string, timezone: string, paused: boolean, next: number[]): Schedule & { version: number } => ({
      id: id(21, n), name, kind: 'report', input, pattern, timezone, paused, deliver_to: n === 1 ? [PEOPLE.maya, PEOPLE.tom] : [], attach: n === 1, runs_as: { kind: 'person', id: PEOPLE.maya }, next_runs: paused ? [] : next.map((each) => at(-each)),
      last_run_at: paused ? null : at(6 * HOUR), last_job_id: paused ? null : id(20, 2), created_at: at(30 * DAY), as_of: at(0), version: 1,
    });
    this.schedules = [
      schedule(1, 'Brief at six', brief, '0 6 * * *', 'Europe/London', false, [18 * HOUR, 42 * HOUR, 66 * HOUR]),
      schedule(2, 'Chain on Mondays', { ...brief, kind: 'weekly_chain', format: 'xlsx' }, '30 7 * * MON', 'Europe/London', true, []),
      schedule(3, 'Fridges, odd hours', { ...brief, kind: 'fridge_log', store_ids: [STORE.fore] }, '15 */6 * * *', 'Europe/London', false, [2 * HOUR, 8 * HOUR, 14 * HOUR]),
    ];
    this.jobs = [
      job(1, 'export', { kind: 'lines', format: 'csv', store_ids: [STORE.fore], from: '2026-01-01', to: '2026-11-20' }, 'running', 95_000, { done: 412_000, total: 1_000_000, expected_at: at(-130_000), moved_at: at(1_000) }),
      job(2, 'report', brief, 'done', 6 * HOUR, { schedule_id: id(21, 1), started_by: { kind: 'person', id: PEOPLE.maya }, done: 96, total: 96, result: { kind: 'daily_store_brief', rows: 96, from: '2026-11-20', through: '2026-11-20' } }),
      job(3, 'export', { kind: 'sales', format: 'xlsx', store_ids: [] }, 'running', 40 * 60_000, { done: 30, total: 120, stalled: true, moved_at: at(9 * 60_000), started_by: { kind: 'person', id: PEOPLE.ana } }),
      job(4, 'report', { ...brief, kind: 'shrink_exceptions' }, 'failed', 28 * HOUR, { failures: 5, error: 'whoever asked for this does not hold sales.read any more' }),
      job(5, 'figures.verify', {}, 'queued', 60_000, { unit: 'stores', run_at: at(-4 * 60_000), failures: 1, error: 'the database was busy', started_by: { kind: 'hub', id: null } }),
      job(6, 'export', { kind: 'products', format: 'csv', store_ids: [] }, 'cancelled', 50 * HOUR, { done: 10, started_by: { kind: 'key', id: id(7, 1) } }),
      ...Array.from({ length: 30 }, (_, n) => job(20 + n, 'report', brief, 'done', (n + 2) * DAY, { schedule_id: id(21, 1), done: 96, total: 96, result: { rows: 96 } })),
    ];
    // These stand for what another worker does: they do not move here.
    for (const still of this.jobs) this.still.add(still.id);
  }

  private readonly still = new Set<string>();
  private readonly effects = new Map<string, () => void>();

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = '', part = ''] = path.split('/');
    const route = `${method} /${area}${key ? '/:id' : ''}${part ? `/${part}` : ''}`;
    const need = NEEDS[route];
    if (!need) return null;
    if (!asker.may(need.permission)) return no(403, 'forbidden', 'Not allowed', `this needs ${need.permission}`);
    if (need.stepUp && !asker.fresh()) return no(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
    const job = this.jobs.find((each) => each.id === key);
    const schedule = this.schedules.find((each) => each.id === key);
    switch (route) {
      case 'GET /reports':
        return { body: { reports: this.reports, as_of } };
      case 'POST /reports':
        return this.queue('report', body, asker, as_of);
      case 'POST /exports':
        return this.queue('export', body, asker, as_of);
      case 'GET /reports/:id/file':
      case 'GET /exports/:id/file':
        return job?.state === 'done' ? { file: 'SKU,Net\r\n4011,1.25\r\n', name: this.nameOf(job) } : no(404, 'not-found', 'Not found', 'there is no such file');
      case 'GET /jobs':
        return this.page(query, as_of);
      case 'GET /jobs/:id':
        if (!job) return no(404, 'not-found', 'Not found', 'there is no such job');
        this.move(job);
        return { body: { ...job, file: this.fileOf(job), as_of } };
      case 'POST /jobs/:id/cancel':
        if (!job) return no(404, 'not-found', 'Not found', 'there is no such job');
        if (job.ended_at) return no(409, 'conflict', 'Not possible now', `the job is ${job.state} already`);
        Object.assign(job, { state: 'cancelled', cancel_requested_at: as_of, ended_at: as_of, stalled: false });
        return { body: job };
      case 'GET /schedules':
        return { body: { schedules: this.schedules, as_of } };
      case 'POST /schedules': {
        const added = { deliver_to: [], attach: false, ...(body as unknown as NewSchedule), id: crypto.randomUUID(), version: 1, paused: false, runs_as: { kind: 'person', id: asker.id }, next_runs: this.plan(3), last_run_at: null, last_job_id: null, created_at: as_of, as_of };
        this.schedules = [...this.schedules, added].sort((a, b) => a.name.localeCompare(b.name));
        return { status: 201, body: added, version: 1 };
      }
      case 'GET /schedules/:id':
        return schedule ? { body: schedule, version: schedule.version } : no(404, 'not-found', 'Not found', 'there is no such schedule');
      case 'PATCH /schedules/:id': {
        if (!schedule) return no(404, 'not-found', 'Not found', 'there is no such schedule');
        if (ifMatch !== `"${schedule.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the schedule was changed by somebody else meanwhile; nothing was changed');
        if (typeof body.timezone === 'string' && !body.timezone.includes('/') && body.timezone !== 'UTC') return no(400, 'bad-parameter', 'A parameter is not valid', `timezone: ${body.timezone} is not an IANA time zone such as Europe/London`);
        Object.assign(schedule, body, { version: schedule.version + 1 });
        schedule.next_runs = schedule.paused ? [] : this.plan(3);
        return { body: schedule, version: schedule.version };
      }
      case 'DELETE /schedules/:id':
        this.schedules = this.schedules.filter((each) => each.id !== key);
        return { status: 204 };
      default:
        return null;
    }
  }

  private plan(count: number): string[] {
    return Array.from({ length: count }, (_, n) => new Date(this.world.now() + (n + 1) * DAY).toISOString());
  }

  /** Puts work into the queue; `then` is what comes of it. */
  queue(kind: string, input: object, asker: Asker, as_of: string, then?: () => void): Reply {
    const job: Job = {
      id: crypto.randomUUID(), kind, input, state: 'queued', priority: 0, started_by: { kind: 'person', id: asker.id }, schedule_id: null, created_at: as_of, run_at: as_of,
      started_at: null, moved_at: null, ended_at: null, cancel_requested_at: null, done: 0, total: 90, unit: 'rows', expected_at: null, stalled: false, failures: 0,
      error: null, result: null, file: null, as_of,
    };
    this.jobs = [job, ...this.jobs];
    if (then) this.effects.set(job.id, then);
    return { status: 202, body: { job_id: job.id, as_of } };
  }

  private move(job: Job): void {
    if (!this.moves || this.still.has(job.id) || job.ended_at) return;
    const as_of = new Date(this.world.now()).toISOString();
    if (job.state === 'queued') Object.assign(job, { state: 'running', started_at: as_of, moved_at: as_of });
    else if (job.done < 90) Object.assign(job, { done: job.done + 45, moved_at: as_of });
    else {
      Object.assign(job, { state: 'done', ended_at: as_of, result: { rows: 90 } });
      this.effects.get(job.id)?.();
    }
  }

  private nameOf(job: Job): string {
    const { kind, format } = job.input as { kind: string; format: string };
    return `${kind}-2026-11-20.${format}`;
  }

  private fileOf(job: Job): Job['file'] {
    if (job.state !== 'done' || (job.kind !== 'report' && job.kind !== 'export')) return null;
    return {
      name: this.nameOf(job), media_type: 'application/octet-stream', size: 48_213, digest: 'a1b2c3d4'.repeat(8), rows: (job.result as { rows: number }).rows,
      url: `/api/v1/${job.kind}s/${job.id}/file`, expires_at: new Date(this.world.now() + 7 * DAY).toISOString(),
      sections: [{ heading: 'Revenue', rows: 24, totals: [{ column: 'Net sales', unit: 'GBP', sum: '18213.40' }, { column: 'Tickets', unit: null, sum: '1602' }], missing: ['Castle Park has not sent since 10:24.'], notes: [] }],
    };
  }

  private page(query: URLSearchParams, as_of: string): Reply {
    for (const job of this.jobs) this.move(job);
    const found = this.jobs.filter((job) => (!query.get('state') || job.state === query.get('state')) && (!query.get('kind') || job.kind === query.get('kind')));
    const limit = Number(query.get('limit') ?? 50);
    const from = query.get('cursor') ? found.findIndex((job) => job.id === query.get('cursor')) + 1 : 0;
    const jobs = found.slice(from, from + limit);
    return { body: { jobs, next_cursor: from + limit < found.length ? (jobs.at(-1)?.id ?? null) : null, as_of } };
  }
}

const NEEDS: Record<string, { permission: string; stepUp?: boolean }> = {
  'GET /reports': { permission: 'reports.read' },
  'POST /reports': { permission: 'reports.read' },
  'GET /reports/:id/file': { permission: 'reports.read' },
  'POST /exports': { permission: 'exports.create', stepUp: true },
  'GET /exports/:id/file': { permission: 'exports.create', stepUp: true },
  'GET /jobs': { permission: 'jobs.read' },
  'GET /jobs/:id': { permission: 'jobs.read' },
  'POST /jobs/:id/cancel': { permission: 'jobs.write' },
  'GET /schedules': { permission: 'jobs.read' },
  'POST /schedules': { permission: 'jobs.write' },
  'GET /schedules/:id': { permission: 'jobs.read' },
  'PATCH /schedules/:id': { permission: 'jobs.write' },
  'DELETE /schedules/:id': { permission: 'jobs.write' },
};
