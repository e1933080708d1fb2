import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const palette = () => screen.findByRole('dialog', { name: 'Go to a page or store' });
const options = () => screen.getAllByRole('option').map((option) => option.textContent);

test('Ctrl-K: a few letters and Enter lead to a store', async () => {
  renderApp('/');
  await screen.findAllByText('Sales today');
  await userEvent.keyboard('{Control>}k{/Control}');
  await palette();
  const input = screen.getByRole('combobox');
  expect(input).toHaveFocus();
  await waitFor(() => expect(options()).toContain('KirkgateStore, Leeds'));
  await userEvent.keyboard('kirk{Enter}');
  expect(await screen.findByRole('heading', { level: 1, name: 'Kirkgate' })).toBeVisible();
  expect(screen.queryByRole('combobox')).toBeNull();
});

test('the arrows go round, and what is chosen is read out', async () => {
  renderApp('/stores');
  await screen.findByText('Harbourside');
  await userEvent.click(screen.getByRole('button', { name: 'Go to (Ctrl K)' }));
  await palette();
  const input = screen.getByRole('combobox');
  const active = () => document.getElementById(input.getAttribute('aria-activedescendant') ?? '')?.textContent;
  await waitFor(() => expect(options()).toContain('KirkgateStore, Leeds'));
  expect(active()).toBe('OverviewPage');
  await userEvent.keyboard('{ArrowUp}');
  expect(active()).toBe(options().at(-1));
  await userEvent.keyboard('{ArrowDown}{ArrowDown}');
  expect(active()).toBe('StoresPage');
  await userEvent.keyboard('no such thing');
  expect(await screen.findByText(/Nothing of that name/)).toBeVisible();
  await userEvent.keyboard('{Enter}{Escape}');
  await waitFor(() => expect(screen.queryByRole('combobox', { name: 'Page, store or action' })).toBeNull());
});

test('the palette offers nothing that the role may not see, and not over another dialog', async () => {
  here.hub.office.become('viewer');
  renderApp('/account');
  await screen.findByText('Safari on iOS');
  await userEvent.click(screen.getByRole('button', { name: 'End all others' }));
  await userEvent.keyboard('{Control>}k{/Control}');
  expect(screen.getAllByRole('dialog')).toHaveLength(1);
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await userEvent.keyboard('{Meta>}k{/Meta}');
  await palette();
  expect(options().join()).not.toMatch(/Administration,|Audit log|API keys/);
});

test('a filter is kept under a name, on this device, and opened again', async () => {
  renderApp('/stores?status=offline');
  await screen.findByText('Castle Park');
  await userEvent.click(screen.getByRole('button', { name: 'Views' }));
  let dialog = within(await screen.findByRole('dialog', { name: 'Saved views' }));
  expect(dialog.getByText('Kept on this device only, for you.')).toBeVisible();
  await userEvent.click(dialog.getByRole('button', { name: 'Keep view' }));
  expect(dialog.getByText('Give the view a name.')).toBeVisible();
  await userEvent.type(dialog.getByRole('textbox'), 'Cut off{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await userEvent.type(screen.getByLabelText('Search by name or city'), 'x');
  expect(await screen.findByText('No store matches')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Views' }));
  dialog = within(await screen.findByRole('dialog', { name: 'Saved views' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Cut off' }));
  expect(await screen.findByText('Castle Park')).toBeVisible();
  expect(screen.queryByText('Harbourside')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Views' }));
  dialog = within(await screen.findByRole('dialog', { name: 'Saved views' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Delete the view Cut off' }));
  expect(dialog.getByText('No view is kept for this page yet.')).toBeVisible();
});

test('who runs the devices sees first which of them want somebody', async () => {
  here.hub.office.become('fleet_engineer');
  renderApp('/');
  const table = within(await screen.findByRole('table', { name: 'Devices that need you' }));
  const [, first, second] = table.getAllByRole('row');
  await waitFor(() => expect(first).toHaveTextContent(/box-1, Castle ParkSilent/));
  expect(second).toHaveTextContent('Input does not answer');
  expect(within(first as HTMLElement).getByRole('link')).toHaveAttribute('href', `/stores/${STORE.castle}/sync`);
  const home = document.querySelector('[data-home="fleet_engineer"]');
  expect([...(home?.querySelectorAll('section h2') ?? [])].map((heading) => heading.textContent)).toEqual(['Do now', 'Devices that need you', 'Stores', 'Key figures']);
});

test('who runs the hub sees keys that end soon and what was changed last', async () => {
  here.hub.office.become('admin');
  renderApp('/');
  expect(await screen.findByText('Nightly ERP export ends on Nov 27, 2026')).toBeVisible();
  const last = within(await screen.findByRole('list', { name: 'Changed last' }));
  expect(last.getAllByRole('listitem')).toHaveLength(5);
  await waitFor(() => expect(last.getAllByRole('listitem')[0]).toHaveTextContent(/POST \/api\/v1\/users.*Tom Okafor · (29|30) min/));
});

test('homes without such a panel ask for nothing of it', async () => {
  here.hub.office.become('store_manager');
  renderApp('/');
  await screen.findAllByText('Sales today');
  expect(here.hub.log.filter((line) => /api-keys|audit|users/.test(line))).toEqual([]);
});
