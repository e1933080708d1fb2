import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const rows = () => document.querySelectorAll('[data-row]').length;

test('sold lines by ticket, a page at a time, and the ticket they stand on', async () => {
  const ticket = here.hub.world.receipts[STORE.fore]?.[5];
  renderApp('/sales');
  await userEvent.click(await screen.findByRole('button', { name: 'Show more lines' }));
  await waitFor(() => expect(rows()).toBe(100));
  await userEvent.type(screen.getByRole('textbox', { name: 'Ticket number' }), ticket?.number ?? '');
  await waitFor(() => expect(rows()).toBe(ticket?.lines.length));
  await userEvent.click(screen.getByRole('button', { name: `Open ticket ${ticket?.number}, line 1` }));
  expect(await within(await screen.findByRole('dialog', { name: `Receipt ${ticket?.number}` })).findByText('Total')).toBeVisible();
});

test('returns of one store, by the address; what cannot be asked is said beside its field', async () => {
  renderApp(`/sales?store=${STORE.harbour}&kind=return`);
  const returned = (here.hub.world.receipts[STORE.harbour] ?? []).filter((each) => each.kind === 'return').flatMap((each) => each.lines);
  expect(returned.length).toBeGreaterThan(0);
  await waitFor(() => expect(rows()).toBe(Math.min(50, returned.length)));
  await userEvent.type(screen.getByRole('textbox', { name: 'Line comes to at least' }), '1,5');
  expect(await screen.findByText('A number such as 2.55, with a point.')).toBeVisible();
  expect(here.hub.log.some((line) => line.includes('min_total'))).toBe(false);
});

test('a product is found by its number; one that nobody knows is said so', async () => {
  renderApp('/sales?product=4011');
  expect(await screen.findByText(/Only Bananas, loose, kg\./)).toBeVisible();
  await waitFor(() => expect(here.hub.log.some((line) => line.startsWith('GET /transactions?') && line.includes('product_id='))).toBe(true));
  await userEvent.type(screen.getByRole('textbox', { name: /^Product/ }), 'zzz');
  expect(await screen.findByText('No product is called that.')).toBeVisible();
});

test('an export holds what the search finds', async () => {
  renderApp(`/sales?store=${STORE.fore}&till=till-1`);
  await userEvent.click(await screen.findByRole('button', { name: 'Export' }));
  const ask = within(await screen.findByRole('dialog', { name: 'Export sold lines' }));
  expect(ask.getByText('What the filter finds in the store that is chosen.')).toBeVisible();
  await userEvent.click(ask.getByRole('button', { name: 'Make the file' }));
  await waitFor(() => expect(here.hub.work.jobs[0]?.input).toMatchObject({ kind: 'lines', store_ids: [STORE.fore], from: null, to: null, only: { register: 'till-1' } }));
});
