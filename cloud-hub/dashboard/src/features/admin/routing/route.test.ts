import { expect, test } from 'vitest';
import type { RouteDefinition } from '../../../api';
import { changeOf, definitionOf, draftOf, isWanting, lacksOf, newDraft, newStep, peopleOf } from './route';

const ROUTE: RouteDefinition = {
  name: 'Night',
  enabled: true,
  of: { severity: 'critical', rules: ['r1'], stores: ['s1'], tags: ['cold', 'food'] },
  steps: [
    { after: 'PT0S', to: [{ channel: 'in_app', role: 'store_manager' }, { channel: 'mail', role: 'store_manager' }, { channel: 'webhook', webhook_id: 'w1' }] },
    { after: 'PT1H30M', to: [{ channel: 'mail', user_id: 'u1' }] },
  ],
  quiet: { from: '22:00', to: '07:00', critical_passes: true },
  tell_resolved: true,
};

test('a route survives its form', () => {
  const { enabled: _, ...said } = ROUTE;
  expect(definitionOf(draftOf(ROUTE))).toEqual({ ...said, steps: [said.steps[0], { after: 'PT90M', to: said.steps[1]?.to }] });
  expect(changeOf(ROUTE, draftOf(ROUTE))).toBeNull();
});

test('who is told by two ways is one line', () => {
  expect(peopleOf(ROUTE.steps[0]?.to ?? []).map(({ key: _, ...line }) => line)).toEqual([
    { who: 'role:store_manager', inApp: true, mail: true },
    { who: 'webhook:w1', inApp: false, mail: false },
  ]);
});

test('a change names only the parts that differ, and takes quiet hours away with null', () => {
  const draft = draftOf(ROUTE);
  expect(changeOf(ROUTE, { ...draft, quiet: false })).toEqual({ quiet: null });
  expect(changeOf(ROUTE, { ...draft, name: 'Day', tellResolved: false })).toEqual({ name: 'Day', tell_resolved: false });
  expect(changeOf(ROUTE, { ...draft, severity: '' })?.of).not.toHaveProperty('severity');
});

test('a new route lacks a name and somebody to tell; a store only where not all are reached', () => {
  const draft = newDraft();
  expect(lacksOf(draft, true)).toEqual({ name: true, stores: false, quiet: false, steps: [{ after: false, to: true }] });
  expect(lacksOf(draft, false).stores).toBe(true);
});

test.each([
  ['', true],
  ['0', true],
  ['15', true],
  ['15.5', false],
  ['10080', false],
  ['10081', true],
  ['soon', true],
])('a step after 15 minutes, and another after %j: wrong is %s', (after, wrong) => {
  const draft = { ...draftOf(ROUTE), steps: [...draftOf(ROUTE).steps.slice(0, 1), newStep('15'), newStep(after)] };
  expect(lacksOf(draft, true).steps[2]?.after).toBe(wrong);
});

test('quiet hours have two different times', () => {
  const draft = draftOf(ROUTE);
  expect(isWanting(lacksOf(draft, true))).toBe(false);
  expect(lacksOf({ ...draft, to: '22:00' }, true).quiet).toBe(true);
  expect(lacksOf({ ...draft, from: '' }, true).quiet).toBe(true);
  expect(lacksOf({ ...draft, quiet: false, from: '' }, true).quiet).toBe(false);
});
