import { PROBLEM, problemOf, refusedField } from '../../api/problem';
import type { Draft } from './draft';
import { sameGtin } from './gtin';

/** Why the hub refused a field of the form: in its own words, or a number that another product has. */
export type Refusal = { field: string; says: string } | { field: string; taken: 'sku' | 'barcode'; by: string };

/** The hub names its fields in another way than the form does, and leaves out rows that nobody filled in. */
function placeOf(name: string, draft: Draft): string | null {
  const code = /^barcodes\[(\d+)\]\.(gtin|pack)$/.exec(name);
  if (code) {
    const filled = draft.barcodes.flatMap((row, at) => (row.gtin.trim() ? [at] : []));
    const at = filled[Number(code[1])];
    return at === undefined ? null : `${code[2]}.${at}`;
  }
  if (name.startsWith('hierarchy')) return 'place';
  if (name === 'prices[0].price') return 'price';
  return ['sku', 'name', 'category', 'barcodes'].includes(name) ? name : null;
}

/** The field that a refusal is about; null where it is about none, and the top of the form says it. */
export function refusalOf(error: unknown, draft: Draft): Refusal | null {
  const named = refusedField(error);
  if (named) {
    const field = placeOf(named.field, draft);
    return field === null ? null : { field, says: named.says };
  }
  const detail = problemOf(error, PROBLEM.conflict)?.detail ?? '';
  if (detail.startsWith('there is a product ')) return { field: 'sku', taken: 'sku', by: '' };
  const [, gtin, by] = /^barcode (\d+) belongs to (?:product "(.*)"|another product)/.exec(detail) ?? [];
  const at = gtin === undefined ? -1 : draft.barcodes.findIndex((row) => sameGtin(row.gtin.trim(), gtin));
  return at < 0 ? null : { field: `gtin.${at}`, taken: 'barcode', by: by ?? '' };
}
