import type { LinkState } from '../api/link';
import type { Tone } from '../app/theme';

export type Freshness = 'live' | 'delayed' | 'stale' | 'offline' | 'never';

export const DELAYED_MS = 60_000;
export const STALE_MS = 300_000;

/** How current a number is: by its age, and never better than the link it would be corrected through. */
export function freshnessOf(asOf: string | null | undefined, link: LinkState, now: number): Freshness {
  if (!asOf) return 'never';
  if (link === 'offline') return 'offline';
  const age = now - Date.parse(asOf);
  if (age > STALE_MS || link === 'stale') return 'stale';
  if (age > DELAYED_MS || link === 'delayed') return 'delayed';
  return 'live';
}

export const FRESHNESS_TONE: Record<Freshness, Tone> = {
  live: 'good',
  delayed: 'warn',
  stale: 'warn',
  offline: 'bad',
  never: 'quiet',
};
