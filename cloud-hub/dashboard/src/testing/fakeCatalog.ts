import type { NewProduct, Price, Product, ProductChange } from '../api';
import { checkDigit, gtinFault, sameGtin } from '../features/products/gtin';
import type { Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import { GOODS, STORE } from './world';

const id = (kind: number, at: number) => `0199b000-${kind.toString(16).padStart(4, '0')}-7000-8000-${at.toString(16).padStart(12, '0')}`;
const DAY = 86_400_000;
const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const bad = (field: string, got: string, expected: string) => no(400, 'bad-parameter', 'A parameter is not valid', `${field}: ${got} is not ${expected}`);
const gtin = (stem: string) => `${stem}${checkDigit(stem)}`;
const GROUPS = ['Fresh', 'Fresh/Dairy', 'Dry', 'Drinks'];

/** The catalog of the fake hub: the goods of its tills, and enough others for a second page. */
export class FakeCatalog {
  products: Product[];
  prices: Price[];
  private readonly versions = new Map<string, number>();

  constructor(private readonly now: () => number) {
    const at = (ago: number) => new Date(now() - ago).toISOString();
    const price = (n: number, product: number, text: string, store_id: string | null, from: number, to: number | null): Price => ({
      id: id(11, n), product_id: id(10, product), price: text, currency: 'GBP', store_id, created_at: at(from), valid_from: at(from), valid_to: to === null ? null : at(to),
    });
    const product = (n: number, sku: string, name: string, retired: boolean, value: string | null): Product => ({
      id: id(10, n), sku, name, category: n % 3 === 0 ? null : 'Grocery', hierarchy: (GROUPS[n % GROUPS.length] ?? '').split('/'), attributes: n === 0 ? { origin: 'Ecuador', organic: true } : {},
      barcodes: n % 2 === 0 ? [{ gtin: gtin(`50${String(n).padStart(10, '0')}`), pack: 1 }, { gtin: gtin(`150${String(n).padStart(10, '0')}`), pack: 12 }] : [],
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
  }

  private versionOf(product: Product): number {
    return this.versions.get(product.id) ?? 1;
  }

  /** Somebody else changes a product meanwhile. */
  meddle(productId: string, change: Partial<Product>): void {
    const found = this.products.find((each) => each.id === productId);
    if (!found) return;
    Object.assign(found, change);
    this.versions.set(found.id, this.versionOf(found) + 1);
  }

  /** What the hub answers, or null where the route is not one of these. */
  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>, ifMatch: string | null, asker: Asker): Reply | null {
    const [, area = '', key = ''] = path.split('/');
    if (!['products', 'product-groups', 'prices'].includes(area)) return null;
    const needs = method === 'GET' ? 'catalog.read' : 'catalog.write';
    if (!asker.may(needs)) return no(403, 'forbidden', 'Not allowed', `this needs ${needs}`);
    const as_of = new Date(this.now()).toISOString();
    if (area === 'product-groups') {
      const groups = GROUPS.map((each, n) => ({ id: id(13, n), name: each.split('/').pop(), parent_id: each.includes('/') ? id(13, 0) : null, path: each, products: 5 }));
      return { body: { groups, as_of } };
    }
    if (area === 'prices') {
      if (method === 'GET') return { body: { prices: this.prices.filter((each) => each.product_id === query.get('product_id')), as_of } };
      const price = this.priced(body, String(body.product_id), as_of);
      return 'problem' in price ? price : { status: 201, body: { ...price, as_of } };
    }
    if (!key) return method === 'GET' ? { body: this.page(query, as_of) } : this.create(body as unknown as NewProduct, as_of);
    const found = this.products.find((each) => each.id === key);
    if (!found) return no(404, 'not-found', 'Not found', 'there is no such product');
    if (method === 'PATCH') {
      if (ifMatch !== `"${this.versionOf(found)}"`) return no(412, 'stale', 'Changed meanwhile', 'the product was changed by somebody else meanwhile; nothing was changed');
      const { retired, ...rest } = body as ProductChange;
      const refused = this.codes(rest.barcodes ?? [], found.id);
      if (refused) return refused;
      this.meddle(found.id, { ...(rest as Partial<Product>), ...(retired !== undefined && { retired_at: retired ? as_of : null }), updated_at: as_of });
    }
    return { body: { ...found, as_of }, version: this.versionOf(found) };
  }

  /** A barcode that is none, or that another product has. */
  private codes(given: NonNullable<NewProduct['barcodes']>, product: string): Reply | null {
    for (const [at, code] of given.entries()) {
      if (gtinFault(code.gtin)) return bad(`barcodes[${at}].gtin`, code.gtin, 'a GTIN');
      const holder = this.products.find((each) => each.id !== product && each.barcodes.some((other) => sameGtin(other.gtin, code.gtin)));
      if (holder) return no(409, 'conflict', 'Not possible now', `barcode ${code.gtin} belongs to product "${holder.sku}"; nothing was changed`);
    }
    return null;
  }

  private create(given: NewProduct, as_of: string): Reply {
    const there = this.products.find((each) => each.sku === given.sku);
    if (there) return no(409, 'conflict', 'Not possible now', `there is a product "${given.sku}" already, ${there.id}; nothing was changed`);
    const made: Product = {
      id: crypto.randomUUID(), sku: given.sku, name: given.name, category: given.category ?? given.hierarchy?.at(-1) ?? null, hierarchy: given.hierarchy ?? [], attributes: given.attributes ?? {},
      barcodes: given.barcodes ?? [], price: null, created_at: as_of, updated_at: null, retired_at: null,
    };
    const refused = this.codes(made.barcodes, made.id);
    if (refused) return refused;
    this.products = [made, ...this.products];
    for (const terms of given.prices ?? []) {
      const price = this.priced({ ...terms }, made.id, as_of);
      if ('problem' in price) return price;
      made.price = price as Price;
    }
    return { status: 201, body: { ...made, as_of }, version: 1 };
  }

  private priced(given: Record<string, unknown>, product_id: string, as_of: string): Price | Reply {
    if (!/^\d{1,9}(\.\d{1,6})?$/.test(String(given.price))) return bad('price', String(given.price), 'a decimal text');
    if (given.store_id && given.currency !== 'GBP') return bad('currency', String(given.currency), 'GBP, the currency of the store');
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    const valid_from = text(given.valid_from) ?? as_of;
    const price: Price = { id: crypto.randomUUID(), product_id, store_id: text(given.store_id), price: String(given.price), currency: String(given.currency), valid_from, valid_to: text(given.valid_to), created_at: as_of };
    if (price.valid_to && price.valid_to <= valid_from) return bad('valid_to', price.valid_to, 'a time after valid_from');
    this.prices = [price, ...this.prices].sort((a, b) => b.valid_from.localeCompare(a.valid_from));
    return price;
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
