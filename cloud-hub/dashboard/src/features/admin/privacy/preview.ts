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
