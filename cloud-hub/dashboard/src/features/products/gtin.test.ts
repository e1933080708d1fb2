import { expect, test } from 'vitest';
import { gtinFault, sameGtin } from './gtin';

// The same numbers as in the hub's own test of its GTINs.
test.each(['6291041500213', '4006381333931', '036000291452', '96385074', '10614141000415', '0614141000036'])('%s is good, and any other last digit is not', (good) => {
  expect(gtinFault(good)).toBeNull();
  const last = Number(good.at(-1));
  for (let digit = 0; digit < 10; digit++) {
    if (digit !== last) expect(gtinFault(good.slice(0, -1) + digit)).toEqual({ kind: 'check', expected: last });
  }
});

test.each(['', '1', '123456789', '400638133393x', ' 4006381333931', '４００６３８１３３３９３１', '400638133393100'])('%j is no GTIN', (bad) => {
  expect(gtinFault(bad)).toEqual({ kind: 'shape' });
});

test('leading zeros do not make another article', () => {
  expect([sameGtin('036000291452', '0036000291452'), sameGtin('96385074', '036000291452')]).toEqual([true, false]);
});
