import { expect, test } from 'vitest';
import { actsIn, STATES } from './case';

const both = { write: true, close: true };

test('four eyes: who proposed to close a case is not offered to close it', () => {
  const proposed = { state: 'proposed_close', proposed_by: 'ana' } as const;
  expect(actsIn(proposed, 'maya', both)).toEqual(['close', 'refuse_close']);
  expect(actsIn(proposed, 'ana', both)).toEqual(['refuse_close']);
  expect(actsIn(proposed, 'maya', { write: true, close: false })).toEqual(['refuse_close']);
});

test('only a proposed case is closed, and who may not write does nothing', () => {
  for (const state of STATES) {
    expect(actsIn({ state, proposed_by: null }, 'maya', both).includes('close')).toBe(state === 'proposed_close');
    expect(actsIn({ state, proposed_by: 'maya' }, 'maya', { write: false, close: true })).toEqual([]);
  }
  expect(actsIn({ state: 'closed', proposed_by: null }, 'maya', both)).toEqual(['reopen']);
});
