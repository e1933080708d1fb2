import { expect, test } from 'vitest';
import { askFor, readFilter, writeFilter } from './filter';

const NONE = { area: '', who: '', from: '', to: '', object: '' };
const ANA = '0199b000-0006-7000-8000-000000000002';

test('the filter survives the address', () => {
  const filter = { area: 'users', who: ANA, from: '2026-11-01', to: '2026-11-21', object: ANA };
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(writeFilter(NONE).toString()).toBe('');
  expect(readFilter(new URLSearchParams('area=nonsense'))).toEqual(NONE);
});

test('the last day is asked for to its end, and what is no day or no id is not asked for', () => {
  expect(askFor({ ...NONE, area: 'keys', from: '2026-02-28', to: '2026-02-28', who: ANA, object: ' x ' })).toEqual({
    action: 'keys.',
    actorId: ANA,
    object: 'x',
    from: '2026-02-28T00:00:00.000Z',
    to: '2026-03-01T00:00:00.000Z',
  });
  expect(askFor({ ...NONE, from: '2026-', to: 'soon', who: '0199b' })).toEqual({});
});
