import type { Notification, Passkey, Preference } from '../api';
import type { Reply } from './fakeOffice';
import type { World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const MINUTE = 60_000;

/** What the person of the fake hub was told and wants to be told, and their passkeys. */
export class FakeBell {
  notifications: Notification[];
  preferences: Preference[] = [
    { kind: 'job.finished', in_app: true, mail: false },
    { kind: 'job.failed', in_app: true, mail: true },
    { kind: 'report.delivered', in_app: true, mail: true },
    { kind: 'webhook.off', in_app: true, mail: true },
  ];
  passkeys: Passkey[];

  constructor(private readonly world: World) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const told = (n: number, kind: string, title: string, body: string, link: string | null, ago: number, read: boolean): Notification => ({ id: id(50, n), kind, title, body, link, store_id: null, at: at(ago), read_at: read ? at(ago - MINUTE) : null });
    this.notifications = [
      told(1, 'job.finished', 'Export ready', 'Ticket lines of Fore Street: 1,000,000 rows.', `/jobs/${id(20, 2)}`, 4 * MINUTE, false),
      told(2, 'alert', 'Fridge too warm', 'Fore Street: fridge-1.air shows 7.4 °C.', `/alerts/${id(30, 1)}`, 12 * MINUTE, false),
      told(3, 'webhook.off', 'Webhook switched off', 'ERP did not answer for a day.', '/admin/webhooks', 30 * 60 * MINUTE, true),
      told(4, 'job.finished', 'Elsewhere', 'A link that leads out of the application.', '//evil.example/', 40 * 60 * MINUTE, true),
    ];
    this.passkeys = [{ id: id(51, 1), name: 'Phone', created_at: at(20 * 24 * 60 * MINUTE), last_used_at: at(90 * MINUTE), backed_up: false }];
  }

  /** Tells the person something. */
  tell(title: string): Notification {
    const told: Notification = { id: crypto.randomUUID(), kind: 'alert', title, body: 'Just now.', link: null, store_id: null, at: new Date(this.world.now()).toISOString(), read_at: null };
    this.notifications = [told, ...this.notifications];
    return told;
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, fresh: () => boolean): Reply | null {
    const as_of = new Date(this.world.now()).toISOString();
    const [, area = '', key = '', part = ''] = path.split('/');
    if (area === 'auth' && key === 'passkeys') return this.keys(method, part, body, fresh, as_of);
    if (area !== 'notifications') return null;
    if (key === 'preferences') {
      for (const given of (body.kinds as Preference[] | undefined) ?? []) this.preferences = this.preferences.map((each) => (each.kind === given.kind ? given : each));
      return { body: { kinds: this.preferences, as_of } };
    }
    if (key === 'read-all') {
      const read = this.notifications.filter((each) => each.read_at === null).length;
      this.notifications = this.notifications.map((each) => ({ ...each, read_at: each.read_at ?? as_of }));
      return { body: { read, as_of } };
    }
    if (part === 'read') {
      const found = this.notifications.find((each) => each.id === key);
      if (!found) return no(404, 'not-found', 'Not found', 'there is no such notification');
      found.read_at ??= as_of;
      return { body: found };
    }
    const unread = this.notifications.filter((each) => each.read_at === null);
    const listed = query.get('unread') === 'true' ? unread : this.notifications;
    return { body: { notifications: listed.slice(0, Number(query.get('limit') ?? 50)), unread: unread.length, next_cursor: null, as_of } };
  }

  private keys(method: string, part: string, body: Record<string, unknown>, fresh: () => boolean, as_of: string): Reply | null {
    if (method === 'GET') return { body: { passkeys: this.passkeys, as_of } };
    if (method !== 'PATCH' && !fresh()) return no(403, 'step-up', 'Show a factor again', 'this needs a factor shown within the last 15 minutes');
    if (part === 'registration') return { body: { options: { challenge: 'AAAA' }, as_of } };
    if (method === 'POST' && !part) {
      const made: Passkey = { id: crypto.randomUUID(), name: String(body.name), created_at: as_of, last_used_at: null, backed_up: true };
      this.passkeys = [...this.passkeys, made];
      return { status: 201, body: made };
    }
    const found = this.passkeys.find((each) => each.id === part);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such passkey');
    if (method === 'PATCH') {
      found.name = String(body.name);
      return { body: found };
    }
    this.passkeys = this.passkeys.filter((each) => each.id !== part);
    return { status: 204 };
  }
}
