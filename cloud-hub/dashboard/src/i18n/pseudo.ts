const ACCENTS: Record<string, string> = { a: 'á', e: 'ë', i: 'í', o: 'ö', u: 'ü', A: 'Å', E: 'É', I: 'Ï', O: 'Ø', U: 'Û' };

/** Every text about 40 % longer and visibly not English, placeholders untouched. */
export function lengthened<T extends object>(catalogue: T): T {
  const entries = Object.entries(catalogue).map(([key, value]) => {
    if (typeof value !== 'string') return [key, lengthened(value as object)];
    const accented = value
      .split(/(\{\{.*?\}\}|<.*?>)/)
      .map((part, index) => (index % 2 ? part : part.replace(/[aeiouAEIOU]/g, (vowel) => ACCENTS[vowel] ?? vowel)))
      .join('');
    return [key, `[${accented}${'~'.repeat(Math.ceil(value.length * 0.4))}]`];
  });
  return Object.fromEntries(entries) as T;
}
