import type { Alarm, Device, Store } from '../../api';
import type { StoreTab } from '../../app/routes';
import type { Tone } from '../../app/theme';

/** One thing that somebody should look at, and the tab where it is dealt with. */
export interface Task {
  key: string;
  tone: Tone;
  kind: 'alarm' | 'loss' | 'offline' | 'backlog' | 'dead_letters';
  storeId: string;
  store: string;
  tab: StoreTab;
  since: string | null;
  /** In the hub's words: what is wrong, and with what. */
  text?: string;
  subject?: string;
  /** How many records, losses or letters are meant. */
  count?: number;
}

const KINDS: Task['kind'][] = ['alarm', 'offline', 'loss', 'backlog', 'dead_letters'];
const WEIGHT: Record<Tone, number> = { bad: 3, warn: 2, info: 1, good: 0, quiet: 0 };
/** Below this a backlog is only the batch on its way. */
const BACKLOG_FROM = 1_000;
const BACKLOG_AGE_MS = 5 * 60_000;

/** The queue: what endangers goods or money first, then what is older; thinned readings can wait, lost ones cannot. Pure: `now` is hub time. */
export function tasksOf(stores: Store[], alarms: Alarm[], devices: Device[], now: number): Task[] {
  const names = new Map(stores.map((store) => [store.id, store.name]));
  const tasks: Task[] = [];
  for (const alarm of alarms) {
    if (alarm.cleared_at) continue;
    tasks.push({
      key: `alarm/${alarm.id}`,
      kind: 'alarm',
      tone: alarm.severity === 'critical' ? 'bad' : alarm.severity === 'warning' ? 'warn' : 'info',
      storeId: alarm.store_id,
      store: names.get(alarm.store_id) ?? '',
      tab: 'alarms',
      since: alarm.raised_at,
      text: alarm.reason,
      subject: alarm.subject,
    });
  }
  for (const store of stores) {
    const { metrics } = store;
    const common = { storeId: store.id, store: store.name, tab: 'sync' as const };
    if (metrics.status === 'offline' || metrics.status === 'stale') {
      tasks.push({ ...common, key: `offline/${store.id}`, kind: 'offline', tone: 'bad', since: metrics.last_heard_at, count: metrics.unsent });
    } else if (
      metrics.unsent >= BACKLOG_FROM ||
      (metrics.unsent > 0 && metrics.oldest_unsent_at && now - Date.parse(metrics.oldest_unsent_at) > BACKLOG_AGE_MS)
    ) {
      tasks.push({ ...common, key: `backlog/${store.id}`, kind: 'backlog', tone: 'warn', since: metrics.oldest_unsent_at, count: metrics.unsent });
    }
  }
  for (const device of devices) {
    const common = { storeId: device.store_id, store: names.get(device.store_id) ?? device.name, tab: 'sync' as const };
    const newest = device.losses[0];
    if (newest) {
      tasks.push({ ...common, key: `loss/${device.device_id}`, kind: 'loss', tone: newest.reason === 'thinned' ? 'warn' : 'bad', since: newest.at, text: newest.detail, count: device.losses.length });
    }
    if (device.dead_letters > 0) {
      tasks.push({ ...common, key: `dead/${device.device_id}`, kind: 'dead_letters', tone: 'warn', since: null, count: device.dead_letters });
    }
  }
  const rank = (a: Task, b: Task) => WEIGHT[b.tone] - WEIGHT[a.tone] || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return tasks.sort((a, b) => rank(a, b) || (a.since ?? '~').localeCompare(b.since ?? '~'));
}
