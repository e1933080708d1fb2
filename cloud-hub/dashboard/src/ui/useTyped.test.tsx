import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useTyped } from './useTyped';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function field(first: string) {
  const report = vi.fn();
  const hook = renderHook(({ value }) => useTyped(value, report), { initialProps: { value: first } });
  return { report, ...hook, type: (text: string) => act(() => hook.result.current[1](text)), rest: (ms: number) => act(() => vi.advanceTimersByTime(ms)) };
}

test('what is typed stands at once and is reported once, when the typing rests', () => {
  const { result, report, type, rest } = field('');
  for (const text of ['b', 'ba', 'ban']) {
    type(text);
    rest(100);
    expect(result.current[0]).toBe(text);
  }
  expect(report).not.toHaveBeenCalled();
  rest(100);
  expect(report.mock.calls).toEqual([['ban']]);
});

test('the late echo of what was reported takes no letter away', () => {
  const { result, report, type, rest, rerender } = field('');
  type('ban');
  rest(200);
  type('bana');
  rerender({ value: 'ban' });
  expect(result.current[0]).toBe('bana');
  rest(200);
  expect(report).toHaveBeenLastCalledWith('bana');
});

test('Back and a cleared filter are followed, and not reported again', () => {
  const { result, report, rest, rerender } = field('ban');
  rerender({ value: '' });
  expect(result.current[0]).toBe('');
  rest(1_000);
  expect(report).not.toHaveBeenCalled();
});
