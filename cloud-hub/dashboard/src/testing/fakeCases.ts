import type { By, Case, CaseCommand, CaseEntry, CaseLink } from '../api';
import type { FakeAlerts } from './fakeAlerts';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const HOUR = 3_600_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
export const CASES = { refunds: id(40, 1), stock: id(40, 2), old: id(40, 3), mine: id(40, 4) };

/** The cases of the fake hub: a timeline that only grows, and two pairs of eyes at its end. */
export class FakeCases {
  cases: Case[];
  readonly timeline = new Map<string, CaseEntry[]>();

  constructor(
    private readonly world: World,
    private readonly alerts: FakeAlerts,
  ) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const ana: By = { kind: 'person', id: PEOPLE.ana };
    const receipt = world.receipts[STORE.kirkgate]?.[3]?.id ?? '';
    const make = (key: string, title: string, kind: Case['kind'], state: Case['state'], ago: number, part: Partial<Case> = {}): Case => ({
      id: key, kind, store_id: STORE.kirkgate, title, state, finding: null, proposed_by: null, assignee_id: null, opened_by: ana, opened_at: at(ago), changed_at: at(ago / 2),
      links: [], entries: 1, head: 'c0ffee'.repeat(11).slice(0, 64), ...part,
    });
    this.cases = [
      make(CASES.refunds, 'Refunds without a customer', 'fraud', 'in_review', 30 * HOUR, { assignee_id: PEOPLE.ana, links: [{ kind: 'receipt', id: receipt }, { kind: 'alert', id: alerts.alerts[1]?.id ?? '' }] }),
      make(CASES.stock, 'Spirits missing after delivery', 'loss', 'proposed_close', 90 * HOUR, { finding: 'process', proposed_by: PEOPLE.ana }),
      make(CASES.mine, 'Drawer open at night', 'fraud', 'proposed_close', 100 * HOUR, { finding: 'unfounded', proposed_by: PEOPLE.maya }),
      make(CASES.old, 'Voids at closing', 'fraud', 'closed', 900 * HOUR, { finding: 'confirmed' }),
    ];
    for (const each of this.cases) {
      this.note(each, 'opened', ana, { kind: each.kind, title: each.title });
      if (each.state !== 'open') this.note(each, 'review_started', ana, {});
    }
    const [first, second] = this.cases;
    if (first) this.note(first, 'commented', ana, { text: 'Called the shift lead.' });
    if (second) this.note(second, 'close_proposed', ana, { finding: 'process', note: 'The delivery was booked twice.' });
  }

  private note(found: Case, what: string, by: By, details: object): void {
    const entries = this.timeline.get(found.id) ?? [];
    const seq = entries.length + 1;
    entries.push({ seq, at: new Date(this.world.now()).toISOString(), by, what, details, hash: (seq * 2_654_435_761).toString(16).padEnd(64, '0') });
    this.timeline.set(found.id, entries);
    found.entries = seq;
    found.head = entries.at(-1)?.hash ?? found.head;
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, asker: Asker): Reply | null {
    const [, area = '', key = '', part = ''] = path.split('/');
    if (area !== 'cases') return null;
    const needs = part === 'close' ? 'cases.close' : method === 'GET' || key === 'verify' ? 'cases.read' : 'cases.write';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const as_of = new Date(this.world.now()).toISOString();
    const by: By = { kind: 'person', id: asker.id };
    if (!key && method === 'GET') {
      const found = this.cases.filter((each) => (!query.get('state') || each.state === query.get('state')) && (!query.get('kind') || each.kind === query.get('kind')) && (!query.get('store_id') || each.store_id === query.get('store_id')));
      return { body: { cases: found, next_cursor: null, as_of } };
    }
    if (!key) {
      const { kind, store_id, title, links } = body as unknown as Pick<Case, 'kind' | 'store_id' | 'title' | 'links'>;
      const made: Case = { id: crypto.randomUUID(), kind, store_id, title, state: 'open', finding: null, proposed_by: null, assignee_id: null, opened_by: by, opened_at: as_of, changed_at: as_of, links, entries: 0, head: '' };
      this.cases = [made, ...this.cases];
      this.note(made, 'opened', by, { kind, title });
      for (const link of links) this.note(made, 'linked', by, { link });
      return { status: 201, body: this.detail(made, as_of) };
    }
    if (key === 'verify') return { body: this.verify(String(body.evidence), typeof body.head === 'string' ? body.head : null, as_of) };
    const found = this.cases.find((each) => each.id === key);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such case');
    if (part === 'evidence') {
      if (!asker.fresh()) return no(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
      this.note(found, 'exported', by, { head: found.head });
      return { file: (this.timeline.get(key) ?? []).map((entry) => JSON.stringify(entry)).join('\n'), name: `case-${key}.jsonl` };
    }
    if (part === 'close') {
      if (found.proposed_by === asker.id) return no(409, 'conflict', 'Not possible now', 'who proposed to close a case cannot close it; another person must');
      if (found.state !== 'proposed_close') return no(409, 'conflict', 'Not possible now', 'nobody proposed to close the case');
      this.note(found, 'closed', by, { finding: found.finding });
      Object.assign(found, { state: 'closed', proposed_by: null });
    } else if (part === 'entries') {
      const refused = this.enter(found, body as unknown as CaseCommand, by);
      if (refused) return no(409, 'conflict', 'Not possible now', refused);
    }
    return { body: this.detail(found, as_of) };
  }

  /** Its hashes are made up, so a line is whole that stands in a timeline here word for word. */
  private verify(evidence: string, head: string | null, as_of: string) {
    const given = evidence.split('\n');
    const none = { intact: false, case_id: null, head: null, entries: 0, line: null, altered: null, as_of };
    for (const [case_id, entries] of this.timeline) {
      const lines = entries.map((entry) => JSON.stringify(entry));
      if (lines[0] !== given[0]) continue;
      const at = given.findIndex((line, n) => line !== lines[n]);
      if (at >= 0) return { ...none, line: at + 1, altered: `line ${at + 1} was altered: its hash is another` };
      const last = entries[given.length - 1]?.hash ?? null;
      if (head !== null && head !== last) return { ...none, altered: `the timeline ends in another head than ${head}` };
      return { ...none, intact: true, case_id, head: last, entries: given.length };
    }
    return { ...none, line: 1, altered: 'the header is not that of a case' };
  }

  private detail(found: Case, as_of: string) {
    return { case: found, timeline: this.timeline.get(found.id) ?? [], as_of };
  }

  private enter(found: Case, command: CaseCommand, by: By): string | null {
    const same = (a: CaseLink, b: CaseLink) => a.kind === b.kind && a.id === b.id;
    switch (command.command) {
      case 'start_review':
        if (found.state !== 'open') return 'the case is in review already';
        found.state = 'in_review';
        this.note(found, 'review_started', by, {});
        return null;
      case 'comment':
        this.note(found, 'commented', by, { text: command.text });
        return null;
      case 'assign':
        found.assignee_id = command.user_id ?? null;
        this.note(found, 'assigned', by, { to: command.user_id ?? null });
        return null;
      case 'link':
        if (found.links.some((each) => same(each, command.link))) return 'that is linked already';
        if (command.link.kind === 'alert' && !this.alerts.alerts.some((each) => each.id === command.link.id)) return 'there is no such alert';
        found.links = [...found.links, command.link];
        this.note(found, 'linked', by, { link: command.link });
        return null;
      case 'unlink':
        found.links = found.links.filter((each) => !same(each, command.link));
        this.note(found, 'unlinked', by, { link: command.link, cause: command.cause });
        return null;
      case 'propose_close':
        if (found.state !== 'in_review') return 'the case must be in review before its close is proposed';
        Object.assign(found, { state: 'proposed_close', finding: command.finding, proposed_by: by.id });
        this.note(found, 'close_proposed', by, { finding: command.finding, note: command.note });
        return null;
      case 'refuse_close':
        Object.assign(found, { state: 'in_review', finding: null, proposed_by: null });
        this.note(found, 'close_refused', by, { cause: command.cause });
        return null;
      case 'reopen':
        if (found.state !== 'closed') return 'the case is not closed, so there is nothing to reopen';
        Object.assign(found, { state: 'in_review', finding: null });
        this.note(found, 'reopened', by, { cause: command.cause });
        return null;
    }
  }
}
