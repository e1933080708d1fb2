import type { IconName } from '../../ui/icons';

/** Something that can be gone to, or done, by name. */
export interface Entry {
  key: string;
  icon: IconName;
  label: string;
  /** Where it belongs: told apart from others of its name, and found by it, too. */
  hint: string;
  run: () => void;
}

/** Letters as typed without accents or capitals: "cafe" finds "Café". */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** How well one word fits: at the start of the label, of a word of it, of the hint, or somewhere; 0 not at all. */
function fit(word: string, label: string, hint: string): number {
  if (label.startsWith(word)) return 4;
  if (label.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return 3;
  if (hint.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return 2;
  return label.includes(word) ? 1 : 0;
}

/** The entries that have every word of the query, best first; all of them in their order without one. Pure. */
export function find(entries: readonly Entry[], query: string, most: number): Entry[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const scored = entries.flatMap((entry, at) => {
    const [label, hint] = [plain(entry.label), plain(entry.hint)];
    const fits = words.map((word) => fit(word, label, hint));
    return fits.includes(0) ? [] : [{ entry, at, score: Math.min(4, ...fits) * 1_000 - label.length }];
  });
  if (words.length > 0) scored.sort((a, b) => b.score - a.score || a.at - b.at);
  return scored.slice(0, most).map(({ entry }) => entry);
}
