import { expect, test } from 'vitest';
import { linesOf } from './preview';

test('every part of a preview is a line, whatever it is called, and nothing is left out unseen', () => {
  expect(linesOf({ goes: [{ table: 'customers', rows: 1 }, { table: 'sign_ins', rows: 3 }], stays: [{ table: 'receipts', why: 'the law: 8 years' }], held: false, none: null })).toEqual([
    { what: 'goes', words: 'table: customers, rows: 1' },
    { what: 'goes', words: 'table: sign_ins, rows: 3' },
    { what: 'stays', words: 'table: receipts, why: the law: 8 years' },
    { what: 'held', words: 'false' },
  ]);
  expect(linesOf(null)).toEqual([]);
});
