import { expect, test } from 'vitest';
import { EMPTY, type Draft } from './draft';
import { refusalOf } from './refused';

const draft: Draft = { ...EMPTY, barcodes: [{ gtin: '', pack: '1' }, { gtin: '4006381333931', pack: '1' }, { gtin: '96385074', pack: '12' }] };
const problem = (status: number, kind: string, detail: string) => ({ kind: 'problem' as const, problem: { type: `urn:vyavs:problem:${kind}`, title: '', status, detail } });
const bad = (detail: string) => refusalOf(problem(400, 'bad-parameter', detail), draft);

test('a refusal is found at the row that was sent, whatever rows were left empty', () => {
  expect(bad('barcodes[0].gtin: "4006381333931" is not given once')).toEqual({ field: 'gtin.1', says: '"4006381333931" is not given once' });
  expect(bad('barcodes[1].pack: "0" is not 1 to 100000')).toMatchObject({ field: 'pack.2' });
  expect(bad('hierarchy[2]: "a/b" is not a name without /')).toMatchObject({ field: 'place' });
  expect(bad('prices[0].price: "1e5" is not a decimal text')).toMatchObject({ field: 'price' });
});

test('a number that another product has is found by what the hub says of it, padded or not', () => {
  const conflict = (detail: string) => refusalOf(problem(409, 'conflict', detail), draft);
  expect(conflict('there is a product "4011" already, 0199; nothing was changed')).toEqual({ field: 'sku', taken: 'sku', by: '' });
  expect(conflict('barcode 00000096385074 belongs to product "60410"; nothing was changed')).toEqual({ field: 'gtin.2', taken: 'barcode', by: '60410' });
  expect(conflict('barcode 4006381333931 belongs to another product; nothing was changed')).toMatchObject({ field: 'gtin.1', by: '' });
});

test('what is about no field of the form is left to its top', () => {
  expect([bad('attributes: "20000" is not at most 16384 bytes'), bad('something else'), bad('barcodes[7].gtin: "1" is not a GTIN')]).toEqual([null, null, null]);
  expect(refusalOf(problem(409, 'conflict', 'barcode 5000 belongs to product "x"; nothing was changed'), draft)).toBeNull();
  expect([refusalOf({ kind: 'unreachable', message: '' }, draft), refusalOf(undefined, draft)]).toEqual([null, null]);
});
