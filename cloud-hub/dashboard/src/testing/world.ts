import type { Alarm, Device, Kpi, Money, Receipt, ReceiptDetail, SalesPoint, Sensor, Series, Store, TillEvent } from '../api';

/** A chain of four shops on one Saturday afternoon, the same from every seed; what the tests and the stories show. */
export interface World {
  /** Hub time, ms. */
  now: () => number;
  stores: Store[];
  receipts: Record<string, ReceiptDetail[]>;
  sensors: Record<string, Sensor[]>;
  alarms: Alarm[];
  devices: Device[];
  events: Record<string, TillEvent[]>;
  sales: (storeIds: string[], granularity: 'hour' | 'day', from: number) => SalesPoint[];
  series: (storeId: string, from: number, points: number) => Series[];
  kpis: (storeIds: string[]) => Kpi[];
  /** One more receipt at a till, closed now. */
  ring: (storeId: string) => ReceiptDetail;
}

export const BASE = Date.parse('2026-11-21T15:42:20Z');
export const ORGANIZATION = '0199b000-0000-7000-8000-000000000001';
const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
export const STORE = { fore: id(1, 1), harbour: id(1, 2), kirkgate: id(1, 3), castle: id(1, 4) };

export const GOODS: [string, string, number][] = [
  ['4011', 'Bananas, loose, kg', 1.15],
  ['50184', 'Semi-skimmed milk 2 l', 1.65],
  ['50231', 'Free-range eggs, 12', 3.1],
  ['60410', 'Sourdough loaf', 3.4],
  ['60417', 'Butter croissant', 1.2],
  ['70122', 'Mature cheddar 350 g', 3.95],
  ['70208', 'Greek yoghurt 500 g', 2.4],
  ['80044', 'Ground coffee 227 g', 4.75],
  ['80051', 'English breakfast tea, 80', 2.85],
  ['90311', 'Tomatoes on the vine 500 g', 1.95],
  ['90325', 'Baby spinach 200 g', 1.8],
  ['91107', 'Chicken breast fillets 600 g', 5.6],
  ['91180', 'Salmon fillets, 2', 5.25],
  ['92014', 'Fusilli 500 g', 1.1],
  ['92077', 'Basil pesto 190 g', 2.25],
  ['93300', 'Sparkling water 6 × 1 l', 3.3],
];
const BY_HOUR = [0, 0, 0, 0, 0, 0, 0.2, 0.9, 2.4, 3.6, 4.4, 5.2, 6.3, 5.6, 4.6, 4.8, 5.7, 7.2, 6.8, 4.7, 2.6, 1.2, 0.1, 0];
const BY_WEEKDAY = [0.82, 0.88, 0.86, 0.92, 1, 1.24, 1.32];

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const money = (value: number): Money => ({ amount: value.toFixed(2), currency: 'GBP' });
const iso = (at: number) => new Date(at).toISOString();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Shop {
  id: string;
  name: string;
  city: string;
  address: string;
  size: number;
  status: Store['metrics']['status'];
  unsent: number;
  heardAgo: number;
}

const SHOPS: Shop[] = [
  { id: STORE.castle, name: 'Castle Park', city: 'Norwich', address: '14 Castle Meadow', size: 0.7, status: 'offline', unsent: 4_812, heardAgo: 96 * 60_000 },
  { id: STORE.fore, name: 'Fore Street', city: 'London', address: '1 Fore Street', size: 1.6, status: 'live', unsent: 3, heardAgo: 2_000 },
  { id: STORE.harbour, name: 'Harbourside', city: 'Bristol', address: '22 Canons Road', size: 1.1, status: 'live', unsent: 0, heardAgo: 4_000 },
  { id: STORE.kirkgate, name: 'Kirkgate', city: 'Leeds', address: '8 Kirkgate', size: 0.9, status: 'delayed', unsent: 1_240, heardAgo: 130_000 },
];

export function makeWorld(started = Date.now(), base = BASE): World {
  const now = () => base + (Date.now() - started);
  const hourly = (shop: Shop, at: number) => {
    const date = new Date(at);
    const seed = random(Math.floor(at / HOUR) * 31 + shop.size * 1_000);
    const reach = shop.status === 'offline' && at > base - shop.heardAgo ? 0 : 1;
    return (BY_HOUR[date.getUTCHours()] ?? 0) * (BY_WEEKDAY[(date.getUTCDay() + 6) % 7] ?? 1) * shop.size * reach * (0.82 + seed() * 0.36) * 52;
  };
  const sold = (shops: Shop[], from: number, to: number) => {
    let revenue = 0;
    for (let at = Math.floor(from / HOUR) * HOUR; at < to; at += HOUR) {
      const part = Math.min(1, (to - at) / HOUR);
      for (const shop of shops) revenue += hourly(shop, at) * part;
    }
    return revenue;
  };
  const dayStart = Math.floor(base / DAY) * DAY + 4 * HOUR;
  const shopsOf = (ids: string[]) => SHOPS.filter((shop) => ids.includes(shop.id));

  let number = 48_120;
  const ticket = (shop: Shop, at: number): ReceiptDetail => {
    const draw = random(number * 7 + Math.floor(shop.size * 10));
    const count = 1 + Math.floor(draw() ** 1.6 * 9);
    const returned = draw() < 0.035;
    let total = 0;
    const lines = Array.from({ length: count }, (_, index) => {
      const [sku, name, price] = GOODS[Math.floor(draw() * GOODS.length)] as (typeof GOODS)[number];
      const quantity = (draw() < 0.75 ? 1 : 2) * (returned ? -1 : 1);
      const amount = Math.round(price * quantity * 100) / 100;
      total += amount;
      return {
        line_no: index + 1, sku, name, quantity: String(quantity), unit_price: price.toFixed(2),
        discount: money(0), total: money(amount), sold_at: iso(at - (count - index) * 4_000),
      };
    });
    number += 1;
    const kind = draw() < 0.62 ? ('card' as const) : ('cash' as const);
    return {
      id: id(2, number), number: String(number), terminal: `till-${1 + Math.floor(draw() * 3)}`, business_day: iso(base).slice(0, 10),
      closed_at: iso(at), kind: returned ? 'return' : 'sale', source: shop.id === STORE.kirkgate ? 'printer' : 'journal', total: money(total),
      line_count: count, flagged: false, tenders: [{ kind, amount: money(total) }], store_id: shop.id, tax: money(0), discount: money(0),
      operator: String(3 + Math.floor(draw() * 6)), customer: null, lines, as_of: iso(base),
    };
  };
  const receipts: World['receipts'] = {};
  for (const shop of SHOPS) {
    const list: ReceiptDetail[] = [];
    const draw = random(shop.size * 999);
    let at = base - shop.heardAgo - 80 * 95_000;
    for (let count = 0; count < 80; count++) {
      at += 60_000 + draw() * 70_000;
      list.push(ticket(shop, Math.min(at, base - shop.heardAgo - (80 - count) * 400)));
    }
    receipts[shop.id] = list.reverse();
  }

  const stores = SHOPS.map((shop): Store => ({
    id: shop.id, name: shop.name, location: { city: shop.city, country: 'GB', address: shop.address }, timezone: 'Europe/London', currency: 'GBP', day_starts: '04:00',
    metrics: {
      sales_today: money(sold([shop], dayStart, base)), receipts_today: Math.round(sold([shop], dayStart, base) / 11.4),
      last_sale_at: receipts[shop.id]?.[0]?.closed_at ?? null, open_alarms: shop.id === STORE.fore ? 2 : shop.id === STORE.kirkgate ? 1 : 0,
      unsent: shop.unsent, oldest_unsent_at: shop.unsent > 0 ? iso(base - Math.max(3_000, shop.heardAgo)) : null, status: shop.status,
      last_heard_at: iso(base - shop.heardAgo), agent_version: shop.id === STORE.castle ? '0.0.9' : '0.1.0',
    },
  }));

  const channels: [string, string, Sensor['measure'], string, number | null, number | null, number, number][] = [
    ['fridge-1.air', 'Dairy fridge, air', 'temperature', 'Cel', -1, 5, 3.1, 0.5],
    ['fridge-2.air', 'Drinks fridge, air', 'temperature', 'Cel', 0, 8, 4.6, 0.6],
    ['freezer-1.air', 'Freezer, air', 'temperature', 'Cel', null, -18, -20.8, 0.7],
    ['room.humidity', 'Shop floor, humidity', 'humidity', '%RH', 30, 65, 47, 3],
    ['oven.power', 'Bake-off oven, power', 'power', 'W', null, 7_500, 3_900, 900],
    ['door.back', 'Back door', 'door', '/', null, null, 0, 0],
  ];
  const bump = (storeId: string, sensor: string, at: number) => {
    // The dairy fridge of Fore Street has stood open for half an hour.
    if (storeId !== STORE.fore || sensor !== 'fridge-1.air') return 0;
    const minutes = (at - (base - 38 * 60_000)) / 60_000;
    return minutes <= 0 ? 0 : Math.min(4.4, minutes * 0.13);
  };
  const valueAt = (storeId: string, channel: (typeof channels)[number], at: number) => {
    const [sensor, , measure, , , , middle, width] = channel;
    if (measure === 'door') return 0;
    const noise = random(Math.floor(at / 60_000) * 13 + middle * 7)();
    return middle + width * Math.sin(at / 1_500_000 + middle) + width * 0.5 * (noise - 0.5) + bump(storeId, sensor, at);
  };
  const sensors: World['sensors'] = {};
  for (const shop of SHOPS) {
    const fresh = shop.status === 'offline' ? 'stale' : 'live';
    sensors[shop.id] = channels.map((channel) => {
      const [sensor, name, measure, unit, low, high] = channel;
      const at = base - Math.max(1_500, shop.heardAgo);
      const value = Math.round(valueAt(shop.id, channel, at) * 10) / 10;
      return { id: sensor, name, measure, unit, low, high, latest: { at: iso(at), value, quality: 'good' }, freshness: fresh };
    });
  }

  const alarms: Alarm[] = [
    {
      id: id(3, 1), store_id: STORE.fore, kind: 'time_above_limit', severity: 'critical', subject: 'fridge-1.air', raised_at: iso(base - 12 * 60_000), cleared_at: null,
      value: 7.4, limit: 5, reason: 'Dairy fridge, air is 7.4 °C, above 5.0 °C for 12 minutes', model: null,
    },
    {
      id: id(3, 2), store_id: STORE.fore, kind: 'model_score', severity: 'warning', subject: 'freezer-1.air', raised_at: iso(base - 41 * 60_000), cleared_at: null,
      value: 0.91, limit: 0.8, reason: 'Freezer, air: the compressor runs longer than it used to', model: 'coldchain-iforest 0.1.0',
    },
    {
      id: id(3, 3), store_id: STORE.kirkgate, kind: 'quarantine', severity: 'warning', subject: 'till-2', raised_at: iso(base - 3 * HOUR), cleared_at: null,
      value: 3, limit: 0, reason: 'till-2: 3 receipts could not be read since 12:40; their lines do not add up to the total', model: null,
    },
    ...Array.from({ length: 9 }, (_, at): Alarm => ({
      id: id(3, 10 + at), store_id: STORE.fore, kind: at % 3 === 0 ? 'stuck_sensor' : 'threshold', severity: at % 4 === 0 ? 'info' : 'warning', subject: at % 2 ? 'fridge-2.air' : 'room.humidity',
      raised_at: iso(base - (at + 1) * 19 * HOUR), cleared_at: iso(base - (at + 1) * 19 * HOUR + 25 * 60_000), value: 8.4, limit: 8,
      reason: at % 2 ? 'Drinks fridge, air was 8.4 °C, above 8.0 °C' : 'Shop floor, humidity gave the same value for 20 minutes', model: null,
    })),
  ];

  const devices = SHOPS.map((shop, at): Device => ({
    device_id: id(4, at + 1), store_id: shop.id, name: 'box-1', identity: `urn:vyavs:${ORGANIZATION}:${shop.id}:${id(4, at + 1)}`, epoch: 3,
    agent_version: shop.id === STORE.castle ? '0.0.9' : '0.1.0', last_heard_at: iso(base - shop.heardAgo), status: shop.status, connected: shop.status !== 'offline',
    disk_used: 38_400_000 + shop.unsent * 2_100, disk_quota: 2_147_483_648,
    streams: [
      { stream: 0, name: 'money', stored_through: 1_204_311, unsent: Math.floor(shop.unsent * 0.2), oldest_unsent_at: shop.unsent > 4 ? iso(base - shop.heardAgo) : null },
      { stream: 1, name: 'telemetry', stored_through: 9_812_007, unsent: shop.unsent - Math.floor(shop.unsent * 0.2), oldest_unsent_at: shop.unsent > 0 ? iso(base - Math.max(3_000, shop.heardAgo)) : null },
      { stream: 2, name: 'alerts', stored_through: 412, unsent: 0, oldest_unsent_at: null },
    ],
    inputs: [
      { name: 'till-1', kind: 'journal', state: 'running', detail: null, records: 18_233, last_at: iso(base - 9_000) },
      { name: 'till-2', kind: 'printer', state: shop.id === STORE.kirkgate ? 'backing_off' : 'running', detail: shop.id === STORE.kirkgate ? 'no answer from 10.0.4.12:9100 for 30 s' : null, records: 11_020, last_at: iso(base - 31_000) },
      { name: 'fridges', kind: 'modbus', state: 'running', detail: null, records: 902_114, last_at: iso(base - 1_500) },
    ],
    models: ['coldchain-iforest 0.1.0'],
    losses: shop.id === STORE.kirkgate
      ? [{ stream: 1, epoch: 3, first: 8_120_400, last: 8_121_911, count: 1_512, reason: 'thinned', detail: 'The buffer was full for 41 minutes; readings were kept as minutes', at: iso(base - 7 * HOUR), verified: true }]
      : [],
    dead_letters: shop.id === STORE.kirkgate ? 3 : 0,
    clock: { state: shop.status === 'offline' ? 'holdover' : 'synced', offset_ms: shop.status === 'offline' ? -1_840 : 12 },
  }));

  const events: World['events'] = {};
  for (const shop of SHOPS) {
    events[shop.id] = [
      { id: id(5, 1), terminal: 'till-1', at: iso(base - 22 * 60_000), kind: 'no_sale', detail: null, text: null },
      { id: id(5, 2), terminal: 'till-2', at: iso(base - 171 * 60_000), kind: 'quarantined', detail: 'lines 1392 - discount 0 + tax 0 is not the total 1390 (minor units)', text: 'KIRKGATE\nTILL 2   21/11/26 12:51\nMILK 2L          1.65\nCARD ************1881\nTOTAL           13.90' },
    ];
  }

  const kpi = (key: Kpi['id'], label: string, value: number | null, unit: string, formula: string, before: number | null, spark: number[][], heard: number): Kpi => ({
    id: key, label, value, unit, currency: unit === 'money' ? 'GBP' : null, as_of: iso(now() - heard), formula, last_year: null, freshness: 'live',
    compare: before === null ? null : { label: 'the same weekday last week, until this time', value: before }, spark,
  });

  return {
    now, stores, receipts, sensors, alarms, devices, events,
    sales: (ids, granularity, from) => {
      const shops = shopsOf(ids);
      const step = granularity === 'hour' ? HOUR : DAY;
      const points: SalesPoint[] = [];
      for (let at = Math.floor(from / step) * step; at < base; at += step) {
        const revenue = sold(shops, at, Math.min(base, at + step));
        if (revenue >= 1) points.push({ at: iso(at), revenue: money(revenue), receipts: Math.max(1, Math.round(revenue / 11.4)), units: Math.round(revenue / 2.9) });
      }
      return points;
    },
    series: (storeId, from, points) => {
      const step = Math.max(60_000, (now() - from) / points);
      const shop = SHOPS.find((each) => each.id === storeId);
      const until = base - (shop?.heardAgo ?? 0);
      return channels.map((channel) => {
        const [sensor, name, measure, unit, low, high, , width] = channel;
        const rows: number[][] = [];
        for (let at = from; at <= until; at += step) {
          const mean = valueAt(storeId, channel, at);
          rows.push([Math.round(at), mean - width * 0.35, mean, mean + width * 0.45]);
        }
        return { sensor, name, measure, unit, low, high, points: rows };
      });
    },
    kpis: (ids) => {
      const shops = shopsOf(ids);
      const revenue = sold(shops, dayStart, base);
      const before = sold(shops, dayStart - 7 * DAY, base - 7 * DAY);
      const hours = Array.from({ length: 12 }, (_, at) => base - (12 - at) * HOUR);
      const spark = (scale: number) => hours.map((at) => [at, sold(shops, at, at + HOUR) / scale]);
      const mine = (storeId: string) => ids.includes(storeId);
      const open = alarms.filter((alarm) => !alarm.cleared_at && mine(alarm.store_id)).length;
      const unsent = shops.reduce((sum, shop) => sum + shop.unsent, 0);
      return [
        kpi('sales_today', 'Sales today', Math.round(revenue * 100) / 100, 'money', 'Totals of sales and returns of the current business day; no voids, training or adjustments.', before, spark(1), 2_000),
        kpi('receipts_today', 'Receipts today', Math.round(revenue / 11.4), 'receipts', 'Tickets of the current business day; returns count, voids do not.', Math.round(before / 11.1), spark(11.4), 2_000),
        kpi('average_basket', 'Average basket', 11.4, 'money', 'Sales today divided by receipts today.', 11.1, hours.map((at, index) => [at, 11 + Math.sin(index) * 0.6]), 2_000),
        kpi('units_today', 'Units today', Math.round(revenue / 2.9), 'pieces', 'Pieces sold less pieces returned in the current business day.', Math.round(before / 2.9), spark(2.9), 2_000),
        kpi('open_alarms', 'Open alarms', open, 'alarms', 'Alarms that were raised and not yet cleared.', open === 0 ? 0 : open - 1, hours.map((at, index) => [at, index > 8 ? open : open - 1]), 1_000),
        kpi('unsent_records', 'Records not yet sent', unsent, 'records', 'Records that the stores’ devices said they still owe the hub.', null, hours.map((at, index) => [at, index > 9 ? unsent * (index - 9) * 0.4 : 0]), 1_000),
      ];
    },
    ring: (storeId) => {
      const shop = SHOPS.find((each) => each.id === storeId) as Shop;
      const receipt = ticket(shop, now());
      receipts[storeId]?.unshift(receipt);
      return receipt;
    },
  };
}

/** As the list carries it. */
export function headOf(detail: ReceiptDetail): Receipt {
  const { id: key, number, terminal, business_day, closed_at, kind, source, total, line_count, flagged, tenders } = detail;
  return { id: key, number, terminal, business_day, closed_at, kind, source, total, line_count, flagged, tenders };
}
