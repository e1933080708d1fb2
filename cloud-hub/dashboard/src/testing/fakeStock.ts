import type { Product, Stock, StockChange, StockEvent } from '../api';
import { PEOPLE, type Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { STORE, type World } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const bad = (field: string, got: string, expected: string) => no(400, 'bad-parameter', 'A parameter is not valid', `${field}: ${got} is not ${expected}`);
const SIGN: Record<StockEvent['kind'], number> = { receipt: 1, count: 0, waste: -1, transfer: -1, adjustment: 1 };

/** What lies in the stores of the fake hub, and what happened to it. */
export class FakeStock {
  stock: (Stock & { version: number })[];
  events: StockEvent[];

  constructor(
    private readonly world: World,
    private readonly products: () => Product[],
  ) {
    const at = (ago: number) => new Date(world.now() - ago).toISOString();
    const row = (n: number, store_id: string, current: string, reorder: string | null, counted: number | null) => ({
      id: id(12, n), product_id: id(10, 0), sku: '4011', name: 'Bananas', store_id, current_stock: current, reserved_stock: '0', reorder_point: reorder, max_stock: null,
      sold_since_count: '0', counted_at: counted === null ? null : at(counted), last_updated: at(DAY), version: 1,
    });
    this.stock = [row(1, STORE.fore, '6.250', '8', DAY), row(2, STORE.harbour, '31', null, null)];
    const event = (n: number, kind: StockEvent['kind'], quantity: string, change: string, ago: number, part: Partial<StockEvent> = {}): StockEvent => ({
      id: id(14, n), store_id: STORE.fore, product_id: id(10, 0), kind, quantity, change, other_store_id: null, reason: null, reference: null, occurred_at: at(ago), recorded_at: at(ago), actor_id: PEOPLE.ana, ...part,
    });
    this.events = [
      event(1, 'count', '6.25', '-1.5', DAY),
      event(2, 'waste', '2', '-2', 2 * DAY, { reason: 'past its date' }),
      event(3, 'transfer', '4', '-4', 3 * DAY, { other_store_id: STORE.harbour, reference: 'T-118' }),
      ...Array.from({ length: 9 }, (_, n) => event(10 + n, 'receipt', '12', '12', (n + 4) * DAY, { reference: `DN-${700 - n}` })),
    ];
  }

  /** Somebody else sets a level meanwhile. */
  meddle(rowId: string, change: Partial<Stock>): void {
    const found = this.stock.find((each) => each.id === rowId);
    if (found) Object.assign(found, change, { version: found.version + 1 });
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const [, area = '', key = ''] = path.split('/');
    if (area !== 'inventory' && area !== 'stock-events') return null;
    const needs = method === 'GET' ? 'stock.read' : 'stock.write';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const as_of = new Date(this.world.now()).toISOString();
    const mine = (each: { product_id: string; store_id: string }) => (!query.get('product_id') || each.product_id === query.get('product_id')) && (!query.get('store_id') || each.store_id === query.get('store_id'));
    if (area === 'stock-events') {
      if (method === 'POST') return this.book(body as unknown as StockEvent & { to_store_id?: string }, asker, as_of);
      const found = this.events.filter(mine);
      const limit = Number(query.get('limit') ?? 50);
      const from = query.get('cursor') ? found.findIndex((each) => each.id === query.get('cursor')) + 1 : 0;
      const events = found.slice(from, from + limit);
      return { body: { events, next_cursor: from + limit < found.length ? (events.at(-1)?.id ?? null) : null, as_of } };
    }
    if (!key) {
      const inventory = this.stock.filter(mine);
      return { body: { inventory, total: inventory.length, page_info: { has_more: false, limit: 500, next_cursor: null, offset: 0 }, as_of } };
    }
    const row = this.stock.find((each) => each.id === key);
    if (!row) return no(404, 'not-found', 'Not found', 'there is no such stock');
    if (method === 'PATCH') {
      if (ifMatch !== `"${row.version}"`) return no(412, 'stale', 'Changed meanwhile', 'the stock was changed by somebody else meanwhile; nothing was changed');
      const after = { ...row, ...(body as StockChange) };
      if (after.reorder_point !== null && after.max_stock !== null && Number(after.reorder_point) > Number(after.max_stock)) return bad('reorder_point', String(after.reorder_point), `at most max_stock (${after.max_stock})`);
      this.meddle(row.id, body as Partial<Stock>);
    }
    return { body: { ...row, as_of }, version: row.version };
  }

  private book(given: StockEvent & { to_store_id?: string | null }, asker: Asker, as_of: string): Reply {
    const before = this.events.find((each) => each.id === given.id);
    const product = this.products().find((each) => each.id === given.product_id);
    if (!product) return no(404, 'not-found', 'Not found', 'there is no such product');
    if ((given.kind === 'waste' || given.kind === 'adjustment') && !given.reason) return bad('reason', '', 'given for waste and adjustments');
    if ((given.kind === 'transfer') !== Boolean(given.to_store_id)) return bad('to_store_id', given.to_store_id ?? '', 'given for a transfer only');
    const at = (store_id: string) => {
      const found = this.stock.find((each) => each.store_id === store_id && each.product_id === product.id);
      if (found) return found;
      const made = { id: crypto.randomUUID(), product_id: product.id, sku: product.sku, name: product.name, store_id, current_stock: '0', reserved_stock: '0', reorder_point: null, max_stock: null, sold_since_count: '0', counted_at: null, last_updated: as_of, version: 1 };
      this.stock = [...this.stock, made];
      return made;
    };
    const row = at(given.store_id);
    if (before) return { body: { event: before, stock: row, as_of } };
    const move = (store_id: string, change: number, other: string | null) => {
      const stock = at(store_id);
      const event: StockEvent = {
        id: other && store_id === given.to_store_id ? crypto.randomUUID() : (given.id ?? crypto.randomUUID()), store_id, product_id: product.id, kind: given.kind, quantity: given.quantity, change: String(change), other_store_id: other,
        reason: given.reason, reference: given.reference, occurred_at: given.occurred_at ?? as_of, recorded_at: as_of, actor_id: asker.id,
      };
      this.events = [event, ...this.events];
      Object.assign(stock, { current_stock: String(Number(stock.current_stock) + change), last_updated: as_of, ...(given.kind === 'count' && { counted_at: event.occurred_at }) });
      return event;
    };
    const change = given.kind === 'count' ? Number(given.quantity) - Number(row.current_stock) : Number(given.quantity) * SIGN[given.kind];
    if (given.to_store_id) move(given.to_store_id, -change, given.store_id);
    const event = move(given.store_id, change, given.to_store_id ?? null);
    return { status: 201, body: { event, stock: row, as_of } };
  }
}
