/** A line of what an erasure takes or leaves: where, how much, and why. */
export interface PreviewLine {
  what: string;
  words: string;
}

const words = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join('; ');
  return Object.entries(value).map(([name, inner]) => `${name}: ${words(inner)}`).join(', ');
};

/** The parts of the hub's preview or certificate, each in one line, in its order; whatever they are called. */
export function linesOf(preview: object | null): PreviewLine[] {
  return Object.entries(preview ?? {}).flatMap(([what, value]) => {
    if (Array.isArray(value)) return value.map((each) => ({ what, words: words(each) }));
    return [{ what, words: words(value) }];
  }).filter((line) => line.words !== '');
}

/** One kind of rows that an erasure takes or leaves. */
export interface Fate {
  what: string;
  count: number;
  goes: boolean;
  why: string;
}

/** What would go and what stays, as the hub counted it; null for a preview of another shape. */
export function fatesOf(preview: object | null): Fate[] | null {
  const rows: unknown = (preview as { rows?: unknown } | null)?.rows;
  const isFate = (row: unknown): row is Fate => {
    const { what, count, goes, why } = (row ?? {}) as Record<string, unknown>;
    return typeof what === 'string' && typeof count === 'number' && typeof goes === 'boolean' && typeof why === 'string';
  };
  return Array.isArray(rows) && rows.every(isFate) ? rows : null;
}
