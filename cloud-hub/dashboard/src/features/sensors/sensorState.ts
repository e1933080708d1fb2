import type { Sensor } from '../../api';
import type { Tone } from '../../app/theme';

export type Standing = 'good' | 'low' | 'high' | 'suspect' | 'bad' | 'silent';

/** Where a sensor stands against its limits, and whether its value may be believed at all. */
export function standingOf(sensor: Sensor): Standing {
  const { latest, low, high, freshness } = sensor;
  if (!latest || freshness === 'never') return 'silent';
  if (latest.quality === 'bad' || latest.value === null) return 'bad';
  if (high !== null && high !== undefined && latest.value > high) return 'high';
  if (low !== null && low !== undefined && latest.value < low) return 'low';
  if (latest.quality === 'suspect') return 'suspect';
  return 'good';
}

export const STANDING_TONE: Record<Standing, Tone> = {
  good: 'good',
  low: 'bad',
  high: 'bad',
  suspect: 'warn',
  bad: 'warn',
  silent: 'quiet',
};

const MEASURES = ['temperature', 'humidity', 'weight', 'power', 'count', 'door', 'state'];

/** What needs a look first, then what spoils first, then by name. */
export function inOrder<T extends { name: string; measure: string }>(sensors: T[], standing: (sensor: T) => Standing = () => 'good'): T[] {
  const urgency = (sensor: T) => ({ bad: 0, warn: 1, info: 2, good: 2, quiet: 2 })[STANDING_TONE[standing(sensor)]];
  const kind = (sensor: T) => (MEASURES.includes(sensor.measure) ? MEASURES.indexOf(sensor.measure) : MEASURES.length);
  return [...sensors].sort((a, b) => urgency(a) - urgency(b) || kind(a) - kind(b) || a.name.localeCompare(b.name));
}
