import type { Barcode, NewProduct, Product, ProductChange } from '../../api';
import { gtinFault, sameGtin } from './gtin';

/** A product as it is edited: everything as text, nothing sent yet. */
export interface Draft {
  name: string;
  category: string;
  /** Names from the department down, with `/` between them. */
  place: string;
  barcodes: { gtin: string; pack: string }[];
  attributes: { name: string; value: string }[];
  retired: boolean;
}

export const EMPTY: Draft = { name: '', category: '', place: '', barcodes: [], attributes: [], retired: false };
const MOST_CODES = 50;

/** An attribute that is no text stands in its field as JSON. */
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export function draftOf(product: Product): Draft {
  return {
    name: product.name,
    category: product.category ?? '',
    place: product.hierarchy.join('/'),
    barcodes: product.barcodes.map(({ gtin, pack }) => ({ gtin, pack: String(pack ?? 1) })),
    attributes: Object.entries(product.attributes).map(([name, value]) => ({ name, value: shown(value) })),
    retired: product.retired_at !== null,
  };
}

export function placeOf(text: string): string[] {
  return text.split('/').map((name) => name.trim()).filter(Boolean);
}

/** Rows that nobody filled in are no barcodes. */
function codesOf(draft: Draft): Barcode[] {
  return draft.barcodes.filter((code) => code.gtin.trim()).map((code) => ({ gtin: code.gtin.trim(), pack: Number(code.pack) }));
}

/** What nobody touched keeps its kind: a number stays a number. */
function attributesOf(draft: Draft, before: Product['attributes']): Product['attributes'] {
  const rows = draft.attributes.filter((each) => each.name.trim());
  return Object.fromEntries(rows.map(({ name, value }) => [name.trim(), name in before && shown(before[name]) === value ? before[name] : value]));
}

export type Fault = 'missing' | 'long' | 'deep' | 'shape' | 'check' | 'pack' | 'twice' | 'many';

/** What the hub would refuse, by field (`gtin.0` is the number of the first barcode). */
export function faultsOf(draft: Draft, sku?: string): Map<string, { fault: Fault; expected?: number }> {
  const faults = new Map<string, { fault: Fault; expected?: number }>();
  const text = (field: string, value: string, most: number, needed: boolean) => {
    const length = [...value.trim()].length;
    if (needed && length === 0) faults.set(field, { fault: 'missing' });
    else if (length > most) faults.set(field, { fault: 'long' });
  };
  if (sku !== undefined) text('sku', sku, 100, true);
  text('name', draft.name, 255, true);
  text('category', draft.category, 100, false);
  const names = placeOf(draft.place);
  if (names.length > 8) faults.set('place', { fault: 'deep' });
  else if (names.some((name) => [...name].length > 100)) faults.set('place', { fault: 'long' });
  draft.barcodes.forEach(({ gtin, pack }, at) => {
    const number = gtin.trim();
    if (!number) return;
    const wrong = gtinFault(number);
    if (wrong) faults.set(`gtin.${at}`, wrong.kind === 'check' ? { fault: 'check', expected: wrong.expected } : { fault: 'shape' });
    else if (draft.barcodes.some((other, n) => n < at && sameGtin(other.gtin.trim(), number))) faults.set(`gtin.${at}`, { fault: 'twice' });
    if (!/^\d+$/.test(pack) || Number(pack) < 1 || Number(pack) > 100_000) faults.set(`pack.${at}`, { fault: 'pack' });
  });
  if (codesOf(draft).length > MOST_CODES) faults.set('barcodes', { fault: 'many' });
  draft.attributes.forEach(({ name, value }, at) => {
    if (!name.trim() && value.trim()) faults.set(`attribute.${at}`, { fault: 'missing' });
    else if (name.trim() && draft.attributes.some((other, n) => n < at && other.name.trim() === name.trim())) faults.set(`attribute.${at}`, { fault: 'twice' });
  });
  return faults;
}

export function newOf(sku: string, draft: Draft): NewProduct {
  const attributes = attributesOf(draft, {});
  return { sku: sku.trim(), name: draft.name.trim(), category: draft.category.trim() || null, hierarchy: placeOf(draft.place), barcodes: codesOf(draft), attributes };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Only what differs is sent; null where nothing does. */
export function changeOf(product: Product, draft: Draft): ProductChange | null {
  const before = draftOf(product);
  const change: ProductChange = {};
  if (draft.name.trim() !== before.name) change.name = draft.name.trim();
  if (draft.category.trim() !== before.category) change.category = draft.category.trim() || null;
  if (!same(placeOf(draft.place), product.hierarchy)) change.hierarchy = placeOf(draft.place);
  if (!same(codesOf(draft), codesOf(before))) change.barcodes = codesOf(draft);
  if (!same(draft.attributes, before.attributes)) change.attributes = attributesOf(draft, product.attributes);
  if (draft.retired !== before.retired) change.retired = draft.retired;
  return Object.keys(change).length > 0 ? change : null;
}

export const FIELDS = ['name', 'category', 'hierarchy', 'barcodes', 'attributes', 'retired'] as const;
export type Field = (typeof FIELDS)[number];

/** A field of a draft in one line, to hold two versions side by side. */
export function inWords(draft: Draft, field: Exclude<Field, 'retired'>): string {
  switch (field) {
    case 'hierarchy':
      return placeOf(draft.place).join(' › ');
    case 'barcodes':
      return codesOf(draft).map(({ gtin, pack }) => (pack === 1 ? gtin : `${gtin} × ${pack}`)).join(', ');
    case 'attributes':
      return draft.attributes.filter((each) => each.name.trim()).map(({ name, value }) => `${name}: ${value}`).join(', ');
    default:
      return draft[field];
  }
}
