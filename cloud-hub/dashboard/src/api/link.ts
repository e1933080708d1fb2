/** What is known of the event stream, and since when. Times are `Date.now()`. */
export interface LinkFacts {
  phase: 'idle' | 'connecting' | 'open' | 'closed';
  /** Last byte from the hub, heartbeats included. */
  heardAt: number | null;
  /** When the link was lost; cleared by the first answer of a new one. */
  lostAt: number | null;
  /** Next attempt of its own accord. */
  retryAt: number | null;
}

export type LinkState = 'connecting' | 'live' | 'delayed' | 'stale' | 'offline';

/** The hub sends a heartbeat every 15 s, so 20 s of silence is unusual. */
export const DELAYED_AFTER_MS = 20_000;
/** Silence after which nothing on the page may pass for current. */
export const STALE_AFTER_MS = 60_000;
/** A shorter cut is bridged silently; a person need not hear of it. */
export const OFFLINE_AFTER_MS = 1_500;

export function linkState(facts: LinkFacts, now: number): LinkState {
  if (facts.lostAt !== null && now - facts.lostAt >= OFFLINE_AFTER_MS) return 'offline';
  if (facts.heardAt === null) return 'connecting';
  const silence = now - facts.heardAt;
  if (silence > STALE_AFTER_MS) return 'stale';
  if (silence > DELAYED_AFTER_MS) return 'delayed';
  return 'live';
}

/** Between attempts: 0.5 s, 1 s, 2 s … 15 s, spread so that a hundred tablets do not return at once. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(15_000, 500 * 2 ** Math.min(attempt, 5));
  return ceiling / 2 + (ceiling / 2) * random;
}
