import { serverNow } from '../api/clock';
import type { Money } from '../api';

/** Formatters are costly to make and few: one per locale and options. */
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: () => T,
): T {
  const known = made.get(key);
  if (known) return known as T;
  const fresh = make();
  made.set(key, fresh);
  return fresh;
}

/** Amounts stay decimal strings up to here: Intl formats them exactly, a binary float would not. */
export function formatMoney(money: Money, locale: string, digits?: number): string {
  const style = once(`m${locale}${money.currency}${digits ?? ''}`, () => {
    const fraction = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency, ...fraction });
  });
  return style.format(money.amount as unknown as number);
}

export function formatNumber(value: number | string, locale: string, digits = 0): string {
  const style = once(`n${locale}${digits}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
  return style.format(value as number);
}

/** How far `value` is from `base`, signed; null where a ratio means nothing. */
export function formatChange(value: number, base: number, locale: string): string | null {
  if (base === 0 || !Number.isFinite(value / base)) return null;
  const style = once(`p${locale}`, () => {
    return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  });
  return style.format((value - base) / Math.abs(base));
}

const UCUM: Record<string, { unit?: string; suffix?: string; digits: number }> = {
  Cel: { unit: 'celsius', digits: 1 },
  '%RH': { suffix: '% RH', digits: 0 },
  W: { suffix: 'W', digits: 0 },
  '%EL': { suffix: '%', digits: 0 },
  kg: { unit: 'kilogram', digits: 3 },
  Pa: { suffix: 'Pa', digits: 0 },
  V: { suffix: 'V', digits: 2 },
  A: { suffix: 'A', digits: 2 },
  kWh: { suffix: 'kWh', digits: 1 },
  lx: { suffix: 'lx', digits: 0 },
  ppm: { suffix: 'ppm', digits: 0 },
  dBm: { suffix: 'dBm', digits: 0 },
  count: { digits: 0 },
  B: { suffix: 'B', digits: 0 },
  '/': { digits: 2 },
};

/** A measured value with its SenML unit. A `round` one, such as a limit, has no zeros behind the point. */
export function formatMeasure(value: number, unit: string, locale: string, round = false): string {
  const known = UCUM[unit] ?? { suffix: unit, digits: 2 };
  if (known.unit) {
    const style = once(`u${locale}${known.unit}${round}`, () => {
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: known.unit,
        minimumFractionDigits: round ? 0 : known.digits,
        maximumFractionDigits: known.digits,
      });
    });
    return style.format(value);
  }
  const number = formatNumber(value, locale, known.digits);
  return known.suffix ? `${number}\u00a0${known.suffix}` : number;
}

/** "United Kingdom (GB)": the code stays, for it is what is entered. */
export function formatCountry(code: string, locale: string): string {
  try {
    const name = new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' }).of(code);
    return name ? `${name} (${code})` : code;
  } catch {
    return code;
  }
}

export function formatBytes(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let step = 0;
  while (bytes >= 1_000 && step < units.length - 1) {
    bytes /= 1_000;
    step++;
  }
  const digits = step === 0 || bytes >= 100 ? 0 : 1;
  const style = once(`b${locale}${step}${digits}`, () => {
    return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: digits });
  });
  return style.format(bytes);
}

type When = 'time' | 'seconds' | 'weekday' | 'day' | 'dayTime' | 'date' | 'minute' | 'full';
const WHEN: Record<When, Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  weekday: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  dayTime: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  date: { dateStyle: 'medium' },
  minute: { dateStyle: 'medium', timeStyle: 'short' },
  full: { dateStyle: 'medium', timeStyle: 'long' },
};

/** `at` is RFC 3339 or milliseconds; without a zone the viewer's own is meant. An unknown zone falls back to UTC. */
export function formatTime(at: string | number, when: When, locale: string, zone?: string): string {
  const style = once(`t${when}${locale}${zone ?? ''}`, () => {
    try {
      return new Intl.DateTimeFormat(locale, { ...WHEN[when], timeZone: zone });
    } catch {
      return new Intl.DateTimeFormat(locale, { ...WHEN[when], timeZone: 'UTC' });
    }
  });
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : style.format(date);
}

/** "3 min. ago", against the hub's clock. */
export function formatAge(at: string | number, locale: string, now = serverNow()): string {
  const style = once(`r${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }));
  const seconds = Math.min(0, Math.round((new Date(at).getTime() - now) / 1_000));
  if (!Number.isFinite(seconds)) return '';
  const past = -seconds;
  if (past < 60) return style.format(seconds, 'second');
  if (past < 3_600) return style.format(-Math.floor(past / 60), 'minute');
  if (past < 172_800) return style.format(-Math.floor(past / 3_600), 'hour');
  return style.format(-Math.floor(past / 86_400), 'day');
}
