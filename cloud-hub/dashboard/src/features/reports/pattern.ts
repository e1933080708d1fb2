/** When a schedule starts, as people say it; `own` is a cron pattern that says something else. */
export interface Rhythm {
  every: Every;
  /** `HH:MM` on the clock of the schedule's zone. */
  time: string;
  /** 0 is Sunday; of a week. */
  weekday: number;
  /** 1 to 28; of a month. */
  monthDay: number;
  /** The pattern itself, where it is one's own. */
  own: string;
}

export const EVERY = ['day', 'workday', 'week', 'month', 'own'] as const;
export type Every = (typeof EVERY)[number];

const NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
export const NONE: Rhythm = { every: 'day', time: '06:00', weekday: 1, monthDay: 1, own: '' };

/** The cron pattern of five fields: minute, hour, day of month, month, day of week. */
export function writePattern({ every, time, weekday, monthDay, own }: Rhythm): string {
  const [hour, minute] = time.split(':').map(Number);
  const clock = `${minute ?? 0} ${hour ?? 0}`;
  switch (every) {
    case 'day':
      return `${clock} * * *`;
    case 'workday':
      return `${clock} * * MON-FRI`;
    case 'week':
      return `${clock} * * ${NAMES[weekday] ?? 'MON'}`;
    case 'month':
      return `${clock} ${monthDay} * *`;
    case 'own':
      return own.trim();
  }
}

function dayOf(text: string): number | null {
  const named = NAMES.indexOf(text.toUpperCase());
  if (named >= 0) return named;
  return /^[0-7]$/.test(text) ? Number(text) % 7 : null;
}

/** A pattern as people say it; what no words are known for stays as it is written. */
export function readPattern(pattern: string): Rhythm {
  const own: Rhythm = { ...NONE, every: 'own', own: pattern };
  const [minute = '', hour = '', monthDay = '', month = '', weekday = '', ...rest] = pattern.trim().split(/\s+/);
  const clock = /^\d{1,2}$/.test(minute) && /^\d{1,2}$/.test(hour) && Number(minute) < 60 && Number(hour) < 24;
  if (!clock || month !== '*' || rest.length > 0) return own;
  const known: Rhythm = { ...NONE, time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`, own: pattern };
  if (monthDay === '*' && weekday === '*') return { ...known, every: 'day' };
  if (monthDay === '*' && /^(mon-fri|1-5)$/i.test(weekday)) return { ...known, every: 'workday' };
  const day = dayOf(weekday);
  if (monthDay === '*' && day !== null) return { ...known, every: 'week', weekday: day };
  const date = /^\d{1,2}$/.test(monthDay) ? Number(monthDay) : 0;
  return weekday === '*' && date >= 1 && date <= 28 ? { ...known, every: 'month', monthDay: date } : own;
}
