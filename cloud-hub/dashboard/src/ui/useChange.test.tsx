import { renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { useChange } from './useChange';

const none = { till: '', cashier: '', product: '' };

function start() {
  const report = vi.fn<(next: typeof none) => void>();
  const hook = renderHook(({ value }) => useChange(value, report), { initialProps: { value: none } });
  return { report, set: (part: Parameters<typeof hook.result.current>[0]) => hook.result.current(part), arrive: (value: typeof none) => hook.rerender({ value }) };
}

test('a part that is changed while the address is on its way does not take back another', () => {
  const { report, set, arrive } = start();
  set({ till: '3' });
  set({ cashier: '5' });
  // The address has come to the first of the two.
  arrive({ ...none, till: '3' });
  set({ product: '4011' });
  expect(report).toHaveBeenLastCalledWith({ till: '3', cashier: '5', product: '4011' });
  arrive({ till: '3', cashier: '5', product: '4011' });
  set({ cashier: '' });
  expect(report).toHaveBeenLastCalledWith({ till: '3', cashier: '', product: '4011' });
});

test('an address that turns elsewhere counts', () => {
  const { report, set, arrive } = start();
  set({ till: '3' });
  arrive({ ...none, till: '3' });
  arrive(none);
  set({ product: '4011' });
  expect(report).toHaveBeenLastCalledWith({ ...none, product: '4011' });
});

test('two turns of the same switch are two, though the address has seen none', () => {
  const { report, set } = start();
  const turn = ({ till }: typeof none) => ({ till: till ? '' : '3' });
  set(turn);
  set(turn);
  expect(report.mock.calls.map(([next]) => next.till)).toEqual(['3', '']);
});

test('what changes nothing is not reported', () => {
  const { report, set } = start();
  set({ till: '' });
  expect(report).not.toHaveBeenCalled();
});
