/** What the other digits of a barcode ask for as its last one (GS1 General Specifications §7.9). */
export function checkDigit(digits: string): number {
  let sum = 0;
  let weight = 3;
  for (const digit of [...digits].reverse()) {
    sum += Number(digit) * weight;
    weight = 4 - weight;
  }
  return (10 - (sum % 10)) % 10;
}

/** Why the hub would refuse a barcode: no GTIN at all, or a digit read or typed wrong. */
export type GtinFault = { kind: 'shape' } | { kind: 'check'; expected: number };

export function gtinFault(text: string): GtinFault | null {
  if (!/^(\d{8}|\d{12,14})$/.test(text)) return { kind: 'shape' };
  const expected = checkDigit(text.slice(0, -1));
  return Number(text.at(-1)) === expected ? null : { kind: 'check', expected };
}

/** One article has one number, however many zeros stand before it. */
export function sameGtin(a: string, b: string): boolean {
  return a.padStart(14, '0') === b.padStart(14, '0');
}
