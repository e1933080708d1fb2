import { expect, test } from 'vitest';
import { NONE, readPattern, writePattern, type Rhythm } from './pattern';

test.each<[Partial<Rhythm>, string]>([
  [{ every: 'day', time: '06:00' }, '0 6 * * *'],
  [{ every: 'workday', time: '23:59' }, '59 23 * * MON-FRI'],
  [{ every: 'week', weekday: 0, time: '00:05' }, '5 0 * * SUN'],
  [{ every: 'month', monthDay: 28, time: '07:30' }, '30 7 28 * *'],
])('%o is written %s, and read again', (part, pattern) => {
  const rhythm = { ...NONE, ...part };
  expect(writePattern(rhythm)).toBe(pattern);
  expect(readPattern(pattern)).toEqual({ ...rhythm, own: pattern });
});

test.each(['*/5 * * * *', '0 6 * * MON-SAT', '0 6 31 * *', '0 6 1 1 *', '0 25 * * *', '61 6 * * *', '0 6 1 * MON', 'x', '', '0 6 * * * *'])('%s stays as it is written', (pattern) => {
  const read = readPattern(pattern);
  expect(read.every).toBe('own');
  expect(writePattern(read)).toBe(pattern);
});

test('days by number are days, and 7 is Sunday, too', () => {
  expect(readPattern('0 6 * * 7')).toMatchObject({ every: 'week', weekday: 0 });
  expect(readPattern('0 6 * * 3')).toMatchObject({ every: 'week', weekday: 3 });
  expect(readPattern('0 6 * * 1-5').every).toBe('workday');
});
