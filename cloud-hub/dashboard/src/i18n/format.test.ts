import { expect, test } from 'vitest';
import { formatAge, formatChange, formatMeasure, formatMoney, formatTime } from './format';
import { en } from './en';
import { lengthened } from './pseudo';

test('an amount that no binary float can hold is shown to the last digit', () => {
  expect(formatMoney({ amount: '90071992547409931.27', currency: 'GBP' }, 'en-GB')).toBe('£90,071,992,547,409,931.27');
  expect(formatMoney({ amount: '0.10', currency: 'GBP' }, 'en-GB')).toBe('£0.10');
});

test('a currency brings its own digits, a language its own signs', () => {
  expect(formatMoney({ amount: '150', currency: 'JPY' }, 'en-GB')).toBe('JP¥150');
  expect(formatMoney({ amount: '1.234', currency: 'KWD' }, 'en-GB').replace(/\s/g, ' ')).toBe('KWD 1.234');
  expect(formatMoney({ amount: '-1234.5', currency: 'EUR' }, 'de').replace(/\s/g, ' ')).toBe('-1.234,50 €');
});

test('a time is told in the zone of its store, also across a change of clocks', () => {
  expect(formatTime('2026-10-25T00:30:00Z', 'time', 'en-GB', 'Europe/London')).toBe('01:30');
  expect(formatTime('2026-10-25T01:30:00Z', 'time', 'en-GB', 'Europe/London')).toBe('01:30');
  expect(formatTime('2026-11-21T23:59:00Z', 'time', 'en-GB', 'Asia/Tokyo')).toBe('08:59');
  expect(formatTime('2026-11-21T23:59:00Z', 'time', 'en-GB', 'Not/AZone')).toBe('23:59');
  expect(formatTime('rubbish', 'time', 'en-GB')).toBe('');
});

test('an age is never in the future and never longer than it is', () => {
  const now = Date.parse('2026-11-21T15:00:00Z');
  expect(formatAge(now + 60_000, 'en-GB', now)).toBe('now');
  expect(formatAge(now - 119_000, 'en-GB', now)).toBe('1 min ago');
  expect(formatAge(now - 2 * 3_600_000, 'en-GB', now)).toBe('2 hr ago');
  expect(formatAge(now - 3 * 86_400_000, 'en-GB', now)).toBe('3 days ago');
});

test('units are spelled, changes need something to change from', () => {
  expect(formatMeasure(7.04, 'Cel', 'en-GB')).toBe('7.0°C');
  expect(formatMeasure(8, 'Cel', 'en-GB', true)).toBe('8°C');
  expect(formatMeasure(-1.5, 'Cel', 'en-GB', true)).toBe('-1.5°C');
  expect(formatMeasure(48.6, '%RH', 'en-GB').replace(/\s/g, ' ')).toBe('49 % RH');
  expect(formatChange(110, 100, 'en-GB')).toBe('+10%');
  expect(formatChange(3, 0, 'en-GB')).toBeNull();
});

test('the pseudo-language is longer everywhere and keeps every placeholder', () => {
  const placeholders = (text: string) => text.match(/\{\{\w+\}\}/g) ?? [];
  const walk = (a: object, b: object) => {
    for (const [key, value] of Object.entries(a)) {
      const other = (b as Record<string, unknown>)[key];
      if (typeof value === 'string') {
        expect((other as string).length).toBeGreaterThan(value.length * 1.4);
        expect(placeholders(other as string)).toEqual(placeholders(value));
      } else walk(value as object, other as object);
    }
  };
  walk(en, lengthened(en));
});
