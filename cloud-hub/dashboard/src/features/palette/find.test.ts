import { expect, test } from 'vitest';
import { find, type Entry } from './find';

const entry = (label: string, hint: string): Entry => ({ key: label, icon: 'stores', label, hint, run: () => {} });
const ENTRIES = [
  entry('Overview', 'Page'),
  entry('Stores', 'Page'),
  entry('Audit log', 'Administration'),
  entry('Fore Street', 'Store, London'),
  entry('Café Nørrebro', 'Store, København'),
  entry('Restoring Co.', 'Store, Leeds'),
];
const labels = (query: string, most = 10) => find(ENTRIES, query, most).map((each) => each.label);

test('without a word everything stands in its order', () => {
  expect(labels('', 2)).toEqual(['Overview', 'Stores']);
  expect(labels('   ')).toHaveLength(6);
});

test('a name that begins so comes before one that only holds it', () => {
  expect(labels('sto')).toEqual(['Stores', 'Fore Street', 'Café Nørrebro', 'Restoring Co.']);
  expect(labels('street')).toEqual(['Fore Street']);
});

test('every word counts, in any order, without accents and capitals', () => {
  expect(labels('CAFE')).toEqual(['Café Nørrebro']);
  expect(labels('london fore')).toEqual(['Fore Street']);
  expect(labels('london cafe')).toEqual([]);
  expect(labels('admin audit')).toEqual(['Audit log']);
});
