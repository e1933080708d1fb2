import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Money } from '../api';
import * as format from './format';

/** The viewer's own region of the language in use: "en" alone would show British people an American clock. */
function regional(language: string): string {
  return navigator.languages.find((each) => each === language || each.startsWith(`${language}-`)) ?? language;
}

/** The formatters, bound to the language in use. */
export function useFormat() {
  const { i18n } = useTranslation();
  const locale = regional(i18n.language);
  return useMemo(
    () => ({
      locale,
      money: (value: Money, digits?: number) => format.formatMoney(value, locale, digits),
      number: (value: number | string, digits?: number) => format.formatNumber(value, locale, digits),
      change: (value: number, base: number) => format.formatChange(value, base, locale),
      measure: (value: number, unit: string, round?: boolean) => format.formatMeasure(value, unit, locale, round),
      country: (code: string) => format.formatCountry(code, locale),
      bytes: (value: number) => format.formatBytes(value, locale),
      time: (at: string | number, when: Parameters<typeof format.formatTime>[1], zone?: string) =>
        format.formatTime(at, when, locale, zone),
      /** The time of day, with its day where that is not today. */
      moment: (at: string | number, when: 'time' | 'seconds', now: number, zone?: string) => {
        const day = (each: string | number) => format.formatTime(each, 'day', locale, zone);
        const style = day(at) === day(now) ? when : now - new Date(at).getTime() < 6 * 86_400_000 ? 'weekday' : 'dayTime';
        return format.formatTime(at, style, locale, zone);
      },
      age: (at: string | number, now?: number) => format.formatAge(at, locale, now),
    }),
    [locale],
  );
}
