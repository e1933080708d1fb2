import { expect, test } from 'vitest';
import { fatesOf, linesOf } from './preview';

test('every part of a preview is a line, whatever it is called, and nothing is left out unseen', () => {
  expect(linesOf({ goes: [{ table: 'customers', rows: 1 }, { table: 'sign_ins', rows: 3 }], stays: [{ table: 'receipts', why: 'the law: 8 years' }], held: false, none: null })).toEqual([
    { what: 'goes', words: 'table: customers, rows: 1' },
    { what: 'goes', words: 'table: sign_ins, rows: 3' },
    { what: 'stays', words: 'table: receipts, why: the law: 8 years' },
    { what: 'held', words: 'false' },
  ]);
  expect(linesOf(null)).toEqual([]);
});

test('what goes and what stays is read as the hub counts it; another shape is not guessed at', () => {
  const rows = [{ what: 'sessions', count: 3, goes: true, why: 'nothing asks for it to be kept' }];
  expect(fatesOf({ rows })).toEqual(rows);
  expect([fatesOf({ rows: [{ what: 'sessions', rows: 3 }] }), fatesOf({ goes: rows }), fatesOf(null)]).toEqual([null, null, null]);
});
