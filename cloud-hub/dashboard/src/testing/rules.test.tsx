import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));

test('rules in words, with what people think of their alerts', async () => {
  renderApp('/alerts/rules');
  await waitFor(() => expect(screen.getByRole('row', { name: /Fridge too warm/ })).toHaveTextContent(/temperature is above 8°C for 30 min.*Critical.*All stores.*Runs.*86 % useful \(6 yes, 1 no\)/));
  await waitFor(() => expect(screen.getByRole('row', { name: /refunds at a till/ })).toHaveTextContent(/the number of refunds within 4 hr is above 10.*Kirkgate.*a change waits.*No votes yet/));
  expect(screen.getByRole('row', { name: /Device silent/ })).toHaveTextContent(/no word from the device for 20 min.*Draft/);
});

test('a rule is written, tried on history, and runs only then', async () => {
  renderApp('/alerts/rules');
  await userEvent.click(await screen.findByRole('button', { name: 'Write a rule' }));
  const form = await dialog('Write a rule');
  await userEvent.click(form.getByRole('button', { name: 'Save as draft' }));
  expect(form.getByText('Give the rule a name.')).toBeVisible();
  expect(form.getByText('Enter a number.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /^Name/ }), 'Cold room');
  await userEvent.type(form.getByRole('textbox', { name: /^Limit/ }), '8');
  await userEvent.type(form.getByRole('textbox', { name: /^What it means/ }), 'Close the door.');
  await userEvent.type(form.getByRole('textbox', { name: /Only these kinds/ }), 'cold-room, fridge');
  await userEvent.click(form.getByRole('button', { name: 'Save as draft' }));
  const rule = await dialog('Cold room');
  expect(here.hub.rules.rules.at(-1)).toMatchObject({
    name: 'Cold room', severity: 'warning', scope: { kinds: ['cold-room', 'fridge'] },
    condition: { kind: 'threshold', measure: 'temperature', op: 'above', value: 8, for: 'PT10M', hysteresis: 0, hold: 'PT15M' },
  });
  expect(await rule.findByText(/It was not tried on history yet/)).toBeVisible();
  expect(rule.getByRole('button', { name: 'Let it run' })).toBeDisabled();
  await userEvent.click(rule.getByRole('button', { name: 'Try on the last 28 days' }));
  expect(await rule.findByText(/Would have fired 3 times/, {}, { timeout: 12_000 })).toBeVisible();
  expect(rule.getByText(/5 fall into alerts that people found useful, 1 into/)).toBeVisible();
  await userEvent.click(rule.getByRole('button', { name: 'Let it run' }));
  await waitFor(() => expect(here.hub.rules.rules.at(-1)?.state).toBe('active'));
  expect(await rule.findByRole('button', { name: 'Let it rest' })).toBeVisible();
}, 25_000);

test('a change goes by its version, and nothing is tried or run before it is saved', async () => {
  renderApp('/alerts/rules');
  await userEvent.click(await screen.findByRole('button', { name: 'Open Fridge too warm' }));
  const rule = await dialog('Fridge too warm');
  const limit = await rule.findByRole('textbox', { name: /^Limit/ });
  expect(limit).toHaveValue('8');
  await userEvent.clear(limit);
  await userEvent.type(limit, '7.5');
  expect(rule.getByRole('button', { name: 'Try again' })).toBeDisabled();
  const stored = here.hub.rules.rules[0];
  if (stored) stored.version += 1;
  await userEvent.click(rule.getByRole('button', { name: 'Save' }));
  expect(await rule.findByText(/Somebody else changed this rule meanwhile/)).toBeVisible();
  expect(limit).toHaveValue('7.5');
  expect(stored?.condition).toMatchObject({ value: 8 });
});

test('a noisy rule is called noisy, and is deleted', async () => {
  renderApp('/alerts/rules');
  await userEvent.click(await screen.findByRole('button', { name: 'Open Device silent' }));
  const rule = await dialog('Device silent');
  expect(await rule.findByText(/Nobody would listen to it for long: it would have fired on every day/)).toBeVisible();
  await userEvent.click(rule.getByRole('button', { name: 'Delete' }));
  await userEvent.click((await dialog('Delete Device silent?')).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByText('Device silent')).toBeNull());
});

test('who may not write rules reads them', async () => {
  here.hub.office.become('viewer');
  renderApp('/alerts/rules');
  await userEvent.click(await screen.findByRole('button', { name: 'Open Fridge too warm' }));
  const rule = await dialog('Fridge too warm');
  expect(await rule.findByText(/Would have fired 14 times/)).toBeVisible();
  expect(rule.getByRole('textbox', { name: /^Name/ })).toBeDisabled();
  expect(rule.queryByRole('button', { name: /Try|Let it|Delete|Save/ })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Write a rule' })).toBeNull();
});
