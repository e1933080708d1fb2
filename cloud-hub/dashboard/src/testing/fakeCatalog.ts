import type { Price, Product, Stock } from '../api';
import { GOODS, STORE } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
const GROUPS = ['Fresh', 'Fresh/Dairy', 'Dry', 'Drinks'];

/** The catalog of the fake hub: the goods of its tills, and enough others for a second page. */
export class FakeCatalog {
  products: Product[];
  prices: Price[];
  stock: Stock[];

  constructor(private readonly now: () => number) {
    const at = (ago: number) => new Date(now() - ago).toISOString();
    const price = (n: number, product: number, text: string, store_id: string | null, from: number, to: number | null): Price => ({
      id: id(11, n), product_id: id(10, product), price: text, currency: 'GBP', store_id, created_at: at(from), valid_from: at(from), valid_to: to === null ? null : at(to),
    });
    const product = (n: number, sku: string, name: string, retired: boolean, value: string | null): Product => ({
      id: id(10, n), sku, name, category: n % 3 === 0 ? null : 'Grocery', hierarchy: (GROUPS[n % GROUPS.length] ?? '').split('/'), attributes: n === 0 ? { origin: 'Ecuador', organic: true } : {},
      barcodes: n % 2 === 0 ? [{ gtin: `50${String(n).padStart(10, '0')}5`, pack: 1 }, { gtin: `150${String(n).padStart(10, '0')}8`, pack: 12 }] : [],
      price: value === null ? null : price(100 + n, n, value, null, 90 * DAY, null), created_at: at(300 * DAY), updated_at: null, retired_at: retired ? at(20 * DAY) : null,
    });
    this.products = [
      ...GOODS.map(([sku, name, value], n) => product(n, sku, name, n === 7, n === 5 ? null : value.toFixed(2))),
      ...Array.from({ length: 44 }, (_, n) => product(20 + n, `99${String(n).padStart(3, '0')}`, `Seasonal item ${n + 1}`, false, '0.1234')),
    ];
    this.prices = [
      price(1, 0, '1.25', null, -10 * DAY, null),
      price(2, 0, '1.15', null, 90 * DAY, -10 * DAY),
      price(3, 0, '0.99', STORE.fore, 30 * DAY, 3 * DAY),
    ];
    const row = (n: number, store_id: string, current: string, reorder: string | null, counted: number | null): Stock => ({
      id: id(12, n), product_id: id(10, 0), sku: '4011', name: 'Bananas', store_id, current_stock: current, reserved_stock: '0', reorder_point: reorder, max_stock: null,
      sold_since_count: '0', counted_at: counted === null ? null : at(counted), last_updated: at(DAY),
    });
    this.stock = [row(1, STORE.fore, '6.250', '8', DAY), row(2, STORE.harbour, '31', null, null)];
  }

  /** What the hub answers, or null where the route is not one of these. */
  answer(path: string, query: URLSearchParams): object | null {
    const as_of = new Date(this.now()).toISOString();
    if (path === '/product-groups') {
      return { groups: GROUPS.map((each, n) => ({ id: id(13, n), name: each.split('/').pop(), parent_id: each.includes('/') ? id(13, 0) : null, path: each, products: 5 })), as_of };
    }
    if (path === '/prices') return { prices: this.prices.filter((each) => each.product_id === query.get('product_id')), as_of };
    if (path === '/inventory') {
      const inventory = this.stock.filter((each) => each.product_id === query.get('product_id'));
      return { inventory, total: inventory.length, page_info: { has_more: false, limit: 500, next_cursor: null, offset: 0 }, as_of };
    }
    const one = /^\/products\/(.+)$/.exec(path)?.[1];
    if (one) {
      const found = this.products.find((each) => each.id === one);
      return found ? { ...found, as_of } : null;
    }
    return path === '/products' ? this.page(query, as_of) : null;
  }

  private page(query: URLSearchParams, as_of: string) {
    const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const retired = query.get('retired');
    const found = this.products.filter((each) => {
      const parts = [each.sku, ...each.name.toLowerCase().split(/\W+/), ...each.barcodes.map((code) => code.gtin)];
      const group = query.get('group');
      const place = each.hierarchy.join('/');
      if (retired !== 'all' && (each.retired_at !== null) !== (retired === 'true')) return false;
      return words.every((word) => parts.some((part) => part.startsWith(word))) && (!group || place === group || place.startsWith(`${group}/`));
    });
    const limit = Number(query.get('limit') ?? 50);
    const from = query.get('cursor') ? found.findIndex((each) => each.sku === query.get('cursor')) + 1 : 0;
    const products = found.slice(from, from + limit);
    const more = from + limit < found.length;
    return { products, total: found.length, page_info: { has_more: more, limit, next_cursor: more ? products[products.length - 1]?.sku : null, offset: 0 }, as_of };
  }
}
