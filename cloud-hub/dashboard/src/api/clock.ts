/**
 * The hub's time as seen from here. Ages are taken against it, so that a tablet whose clock is wrong
 * does not call fresh data stale.
 */
let offsetMs = 0;

/** Learns from the `Date` header of an answer (whole seconds; smaller differences are left alone). */
export function learnServerTime(dateHeader: string | null, now = Date.now()): void {
  if (!dateHeader) return;
  const server = Date.parse(dateHeader);
  if (Number.isNaN(server)) return;
  const difference = server - now;
  offsetMs = Math.abs(difference) < 2_000 ? 0 : difference;
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}
