const STYLE: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };

/** What the clocks of a zone show at an instant, as if it were UTC, ms. */
function shown(at: number, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat('en-US', { ...STYLE, timeZone: zone }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instant at which the clocks of a zone show what a date-and-time field holds (`2026-11-21T15:42`); the viewer's own
 * zone without one. An hour that is left out in spring is taken as the one after it, one that comes twice as its first.
 */
export function instantOf(wall: string, zone?: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(wall);
  if (!match) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map((each) => Number(each ?? 0));
  const wanted = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(wanted)) return null;
  // The offset before and after any change of clocks near it.
  const offsets = [wanted - 86_400_000, wanted + 86_400_000].map((at) => shown(at, zone) - Math.floor(at / 1_000) * 1_000);
  const candidates = offsets.map((offset) => wanted - offset).sort((a, b) => a - b);
  const fitting = candidates.find((at) => shown(at, zone) === wanted);
  const at = fitting ?? candidates[1] ?? wanted;
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** What the clocks of a zone show at an instant, as a date-and-time field holds it. */
export function wallOf(at: string | number, zone?: string): string {
  return new Date(shown(new Date(at).getTime(), zone)).toISOString().slice(0, 16);
}
