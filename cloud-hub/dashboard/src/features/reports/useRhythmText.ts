import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/useFormat';
import { readPattern } from './pattern';

/** 4 January 1970 was a Sunday: the days of a week have names, but no dates. */
const SUNDAY = Date.UTC(1970, 0, 4);

export function useWeekdayName(): (weekday: number) => string {
  const { locale } = useFormat();
  const style = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  return (weekday) => style.format(SUNDAY + weekday * 86_400_000);
}

/** A pattern in words; one without words as it is written. */
export function useRhythmText(): (pattern: string) => string {
  const { t } = useTranslation('work');
  const weekdayName = useWeekdayName();
  const format = useFormat();
  return (pattern) => {
    const { every, time, weekday, monthDay, own } = readPattern(pattern);
    if (every === 'own') return own;
    const at = format.time(`1970-01-04T${time}:00Z`, 'time', 'UTC');
    return t(`rhythm.${every}`, { at, weekday: weekdayName(weekday), day: String(monthDay) });
  };
}
