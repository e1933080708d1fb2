import type { AppStore } from '../app/store';
import { linkChanged, sessionExpired } from '../app/connection';
import { api, type Alarm, type Receipt } from './index';
import type { LinkFacts } from './link';
import type { ServerEvent } from './sse';
import { EventStream } from './stream';

type Tag = 'kpis' | 'sales' | 'stores' | 'receipts' | 'sensors' | 'alarms' | 'sync' | 'events' | 'alerts' | 'notifications';
const ALL: Tag[] = ['kpis', 'sales', 'stores', 'receipts', 'sensors', 'alarms', 'sync', 'events', 'alerts', 'notifications'];

/** Totals come from the hub, never from adding events up here: an event only says which answers are worth asking again. */
const TOUCHES: Record<string, Tag[]> = {
  sale: ['kpis', 'sales', 'stores', 'events'],
  readings: ['sensors'],
  alarm: ['alarms', 'kpis', 'stores'],
  alert: ['alerts'],
  notification: ['notifications'],
  sync: ['sync', 'stores', 'kpis'],
};

/** At most one question a tag in this time, however many events arrive. */
const ASK_AGAIN_MS: Record<Tag, number> = {
  kpis: 2_000,
  sales: 5_000,
  stores: 3_000,
  receipts: 1_000,
  sensors: 10_000,
  alarms: 1_000,
  sync: 2_000,
  events: 5_000,
  alerts: 1_000,
  notifications: 1_000,
};

export interface SaleEvent {
  store_id: string;
  receipt?: Receipt;
}
export interface ReadingsEvent {
  store_id: string;
  readings: { sensor: string; at: string; value: number; quality: 'good' | 'suspect' | 'bad' }[];
}
export type AlarmEvent = Alarm;

/** How many live tickets a list keeps before the oldest leave. */
const KEPT_TICKETS = 100;

/** Applies events to the cache: patches at once, one batch per animation frame; questions at most as often as above. */
export class LiveCache {
  private queue: ServerEvent[] = [];
  private framed = false;
  private readonly due = new Map<Tag, ReturnType<typeof setTimeout>>();
  private readonly asked = new Map<Tag, number>();

  constructor(
    private readonly store: AppStore,
    private readonly frame: (run: () => void) => void = whenDrawn,
  ) {}

  push(events: ServerEvent[]): void {
    this.queue.push(...events);
    if (this.framed) return;
    this.framed = true;
    this.frame(() => {
      this.framed = false;
      const batch = this.queue;
      this.queue = [];
      this.apply(batch);
    });
  }

  stop(): void {
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
    this.queue = [];
  }

  private apply(batch: ServerEvent[]): void {
    const readings = new Map<string, ReadingsEvent['readings'][number]>();
    const receipts: { storeId: string; receipt: Receipt }[] = [];
    const touched = new Set<Tag>();
    for (const event of batch) {
      if (event.event === 'gap') {
        this.ask(ALL);
        continue;
      }
      for (const tag of TOUCHES[event.event] ?? []) touched.add(tag);
      const data = parse(event.data);
      if (!data) continue;
      if (event.event === 'sale') {
        const { store_id, receipt } = data as Partial<SaleEvent>;
        if (store_id && receipt?.id) receipts.push({ storeId: store_id, receipt });
        else touched.add('receipts');
      } else if (event.event === 'readings') {
        const { store_id, readings: values } = data as Partial<ReadingsEvent>;
        for (const value of values ?? []) readings.set(`${store_id}/${value.sensor}`, value);
      }
    }
    if (receipts.length > 0) this.patchReceipts(receipts);
    if (readings.size > 0) this.patchSensors(readings);
    for (const tag of touched) this.askSoon(tag);
  }

  private patchReceipts(fresh: { storeId: string; receipt: Receipt }[]): void {
    for (const entry of api.util.selectInvalidatedBy(this.store.getState(), ['receipts'])) {
      if (entry.endpointName !== 'receipts') continue;
      const args = entry.originalArgs as Parameters<typeof api.endpoints.receipts.initiate>[0];
      if (args.cursor) continue;
      const mine = fresh.filter(({ storeId, receipt }) => {
        const fits = (!args.terminal || args.terminal === receipt.terminal) &&
          (!args.businessDay || args.businessDay === receipt.business_day);
        return storeId === args.id && fits;
      });
      if (mine.length === 0) continue;
      this.store.dispatch(
        api.util.updateQueryData('receipts', args, (draft) => {
          const known = new Set(draft.receipts.map((receipt) => receipt.id));
          // The stream may say a thing twice, even within one frame.
          const news = new Map(mine.filter(({ receipt }) => !known.has(receipt.id)).map(({ receipt }) => [receipt.id, receipt]));
          draft.receipts = [...[...news.values()].reverse(), ...draft.receipts]
            .sort((a, b) => b.closed_at.localeCompare(a.closed_at))
            .slice(0, Math.max(KEPT_TICKETS, args.limit ?? 0));
        }),
      );
    }
  }

  private patchSensors(fresh: Map<string, ReadingsEvent['readings'][number]>): void {
    for (const entry of api.util.selectInvalidatedBy(this.store.getState(), ['sensors'])) {
      if (entry.endpointName !== 'sensors') continue;
      const args = entry.originalArgs as Parameters<typeof api.endpoints.sensors.initiate>[0];
      this.store.dispatch(
        api.util.updateQueryData('sensors', args, (draft) => {
          for (const sensor of draft.sensors) {
            const reading = fresh.get(`${args.id}/${sensor.id}`);
            if (!reading || (sensor.latest && sensor.latest.at >= reading.at)) continue;
            sensor.latest = { at: reading.at, value: reading.value, quality: reading.quality };
            sensor.freshness = 'live';
          }
        }),
      );
    }
  }

  private ask(tags: Tag[]): void {
    const now = Date.now();
    for (const tag of tags) this.asked.set(tag, now);
    this.store.dispatch(api.util.invalidateTags(tags));
  }

  private askSoon(tag: Tag): void {
    if (this.due.has(tag)) return;
    const wait = Math.max(0, (this.asked.get(tag) ?? 0) + ASK_AGAIN_MS[tag] - Date.now());
    const timer = setTimeout(() => {
      this.due.delete(tag);
      this.ask([tag]);
    }, wait);
    this.due.set(tag, timer);
  }
}

/** Before the next frame; a hidden tab draws none, so there a timer stands in. */
function whenDrawn(run: () => void): void {
  if (document.visibilityState === 'visible') requestAnimationFrame(run);
  else setTimeout(run, 1_000);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export interface Live {
  retryNow: () => void;
  stop: () => void;
}

/** Opens the stream for a session and keeps the cache up to date until `stop`. */
export function startLive(store: AppStore): Live {
  const cache = new LiveCache(store);
  let lost = false;
  const stream = new EventStream({
    url: `${location.origin}/api/v1/stream?topics=sales,readings,alarms,sync,alerts`,
    onEvents: (events) => cache.push(events),
    onFacts: (facts: LinkFacts) => {
      store.dispatch(linkChanged(facts));
      // The ring behind Last-Event-ID replays events, not totals that age by themselves: ask once after every return.
      if (facts.lostAt !== null) lost = true;
      else if (lost && facts.phase === 'open') {
        lost = false;
        store.dispatch(api.util.invalidateTags(ALL));
      }
    },
    onUnauthorized: () => store.dispatch(sessionExpired()),
  });
  stream.start();
  return {
    retryNow: stream.retryNow,
    stop: () => {
      stream.stop();
      cache.stop();
    },
  };
}
