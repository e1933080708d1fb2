import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { PEOPLE } from './fakeOffice';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const row = async (title: string, store: string) => {
  const box = await screen.findByRole('button', { name: `Details of ${title}, ${store}` });
  return box.closest<HTMLElement>('[data-alert]') as HTMLElement;
};
const rows = () => document.querySelectorAll('[data-alert]').length;
const choose = async (label: string, option: string | RegExp) => {
  await userEvent.click(screen.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};
const stateOf = (n: number) => here.hub.alerts.alerts.find((each) => each.id.endsWith(`-00000000000${n}`))?.state;

test('the inbox holds what wants somebody, says who has it, and acknowledges with one press', async () => {
  renderApp('/alerts');
  const fridge = await row('Fridge too warm', 'Fore Street');
  expect(rows()).toBe(3);
  expect(fridge).toHaveTextContent(/Critical.*Open.*Move the goods.*Fore Street · since .* · 3 times · nobody on it/);
  await waitFor(async () => expect(await row('Unusually many refunds at a till', 'Kirkgate')).toHaveTextContent(/Ana Silva on it · 1 comment/));
  expect(await row('Device silent', 'Castle Park')).toHaveTextContent('Comes and goes');
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge Fridge too warm, Fore Street' }));
  await waitFor(() => expect(fridge).toHaveTextContent(/Acknowledged.*acknowledged by you/));
  expect(stateOf(1)).toBe('acknowledged');
});

test('what is asleep says why and until when, and the counts are the hub’s', async () => {
  renderApp('/alerts/inbox?show=suppressed');
  expect(await row('Fridge too warm', 'Harbourside')).toHaveTextContent(/Suppressed until .*: The compressor is being replaced/);
  await userEvent.click(screen.getByRole('combobox', { name: 'State' }));
  expect(await screen.findByRole('option', { name: 'Open (2)' })).toBeVisible();
  await userEvent.click(screen.getByRole('option', { name: 'Snoozed (1)' }));
  expect(await row('Freezer, air', 'Fore Street')).toHaveTextContent(/Over for now.*Snoozed by you until/);
});

test('filters: store, severity, who, text; nothing found is not the same as nothing to do', async () => {
  renderApp('/alerts/inbox?show=all');
  await row('Fridge too warm', 'Fore Street');
  expect(rows()).toBe(50);
  await userEvent.click(screen.getByRole('button', { name: 'Show more alerts' }));
  await waitFor(() => expect(rows()).toBe(63));
  await choose('Severity', 'Critical');
  await waitFor(() => expect(rows()).toBe(2));
  await choose('Store', 'Harbourside');
  await waitFor(() => expect(rows()).toBe(1));
  await choose('Who has it', 'Ana Silva');
  expect(await screen.findByText('No alert is like that')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Clear filter' }));
  await waitFor(() => expect(rows()).toBe(3));
  await userEvent.type(screen.getByLabelText('Search in alerts'), 'till-2');
  await waitFor(() => expect(rows()).toBe(1));
  await choose('Group by', 'Store');
  expect(await screen.findByRole('region', { name: 'Kirkgate' })).toHaveTextContent('Kirkgate: 1 alert');
});

test('several at once: each is done or refused by itself, and the refusal is said', async () => {
  renderApp('/alerts/inbox');
  await row('Fridge too warm', 'Fore Street');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Choose Fridge too warm, Fore Street' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'Choose Unusually many refunds at a till, Kirkgate' }));
  const bar = within(screen.getByRole('toolbar', { name: 'With the chosen alerts' }));
  expect(bar.getByText('2 chosen')).toBeVisible();
  await userEvent.click(bar.getByRole('button', { name: 'Acknowledge' }));
  expect(await screen.findByText('Not done: the incident is acknowledged already')).toBeVisible();
  expect(stateOf(1)).toBe('acknowledged');
  await userEvent.click(bar.getByRole('button', { name: 'Resolve' }));
  const ask = await dialog('Resolve 2 alerts');
  await userEvent.click(ask.getByRole('button', { name: 'Resolve' }));
  expect(ask.getByText('Choose how it ended.')).toBeVisible();
  await userEvent.click(ask.getByRole('combobox', { name: /How it ended/ }));
  await userEvent.click(await screen.findByRole('option', { name: 'False alarm' }));
  await userEvent.click(ask.getByRole('button', { name: 'Resolve' }));
  await waitFor(() => expect(rows()).toBe(1));
  expect(here.hub.alerts.alerts.filter((each) => each.outcome === 'false_alarm')).toHaveLength(2);
  expect(bar.getByText('0 chosen')).toBeVisible();
});

test('snooze has an end, suppress a cause, and both can be woken', async () => {
  renderApp('/alerts/inbox');
  await userEvent.click(await screen.findByRole('button', { name: 'Details of Device silent, Castle Park' }));
  const drawer = await dialog('Device silent');
  await userEvent.click(await drawer.findByRole('button', { name: 'Suppress' }));
  const ask = await dialog('Suppress the alert');
  await userEvent.click(ask.getByRole('button', { name: 'Suppress' }));
  expect(ask.getByText('Say why: others will want to know.')).toBeVisible();
  await userEvent.type(ask.getByRole('textbox', { name: /Why/ }), 'Network works');
  await userEvent.click(ask.getByRole('button', { name: 'Suppress' }));
  expect(await drawer.findByText('Suppressed until somebody wakes it: Network works')).toBeVisible();
  await userEvent.click(drawer.getByRole('button', { name: 'Wake' }));
  await userEvent.click(await drawer.findByRole('button', { name: 'Snooze' }));
  await userEvent.click((await dialog('Snooze the alert')).getByRole('button', { name: 'Snooze' }));
  expect(await drawer.findByText(/^Snoozed by you until/)).toBeVisible();
  const until = here.hub.alerts.alerts[2]?.until ?? '';
  expect(Date.parse(until) - here.hub.world.now()).toBeGreaterThan(3.9 * 3_600_000);
  const history = within(drawer.getByRole('list', { name: 'What happened' }));
  expect(history.getAllByRole('listitem').map((each) => each.dataset.event)).toEqual(['opened', 'suppressed', 'woken', 'snoozed']);
});

test('assign, comment and a voice: all in the history, the last word counts', async () => {
  renderApp(`/alerts/inbox?alert=${here.hub.alerts.alerts[0]?.id}`);
  const drawer = await dialog('Fridge too warm');
  await userEvent.click(await drawer.findByRole('button', { name: 'Assign' }));
  const ask = await dialog('Who works on it?');
  await userEvent.click(ask.getByRole('combobox', { name: 'Who has it' }));
  // Who is shut out is given no work.
  expect(screen.queryByRole('option', { name: 'lena@example.com' })).toBeNull();
  await userEvent.click(await screen.findByRole('option', { name: 'Tom Okafor' }));
  await userEvent.click(ask.getByRole('button', { name: 'Assign' }));
  await waitFor(() => expect(here.hub.alerts.alerts[0]?.assignee_id).toBe(PEOPLE.tom));
  expect(await drawer.findByText('Given to Tom Okafor')).toBeVisible();
  await userEvent.type(drawer.getByRole('textbox', { name: 'Comment' }), 'Door was open');
  await userEvent.click(drawer.getByRole('button', { name: 'Add comment' }));
  expect(await drawer.findByText('Door was open', { selector: 'p' })).toBeVisible();
  await userEvent.click(drawer.getByRole('button', { name: 'Yes (0)' }));
  await userEvent.click(await drawer.findByRole('button', { name: 'No (0)' }));
  expect(await drawer.findByRole('button', { name: 'No (1)', pressed: true })).toBeVisible();
  expect(drawer.getByRole('button', { name: 'Yes (0)', pressed: false })).toBeVisible();
});

test('a new alert appears by itself', async () => {
  renderApp('/alerts/inbox');
  await row('Fridge too warm', 'Fore Street');
  await waitFor(() => expect(here.hub.openStreams).toBe(1));
  act(() => void here.hub.raise(STORE.harbour, 'Cold room too warm'));
  expect(await row('Cold room too warm', 'Harbourside')).toBeVisible();
});

test('the arrows go from row to row', async () => {
  renderApp('/alerts/inbox');
  (await screen.findByRole('button', { name: 'Details of Fridge too warm, Fore Street' })).focus();
  await userEvent.keyboard('{ArrowDown}');
  expect(screen.getByRole('button', { name: 'Details of Unusually many refunds at a till, Kirkgate' })).toHaveFocus();
  screen.getByRole('checkbox', { name: 'Choose Unusually many refunds at a till, Kirkgate' }).focus();
  await userEvent.keyboard('{ArrowUp} ');
  expect(screen.getByRole('checkbox', { name: 'Choose Fridge too warm, Fore Street' })).toBeChecked();
});

test('who may only look is offered nothing to do', async () => {
  here.hub.office.become('viewer');
  renderApp('/alerts/inbox');
  await userEvent.click(await screen.findByRole('button', { name: 'Details of Fridge too warm, Fore Street' }));
  const drawer = await dialog('Fridge too warm');
  await drawer.findByRole('list', { name: 'What happened' });
  expect(screen.queryByRole('checkbox')).toBeNull();
  expect(drawer.queryByRole('button', { name: /Acknowledge|Snooze|Resolve|Yes/ })).toBeNull();
});
