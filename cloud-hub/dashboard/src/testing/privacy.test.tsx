import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));

test('a webhook is added, its secret shown once; an address of the hub’s own network is refused', async () => {
  const { store } = renderApp('/admin/webhooks');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a webhook' }));
  const form = await dialog('Add a webhook');
  await userEvent.click(form.getByRole('button', { name: 'Add a webhook' }));
  expect(form.getByText('Choose at least one event.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /Name/ }), 'Tickets');
  const url = form.getByRole('textbox', { name: /Address/ });
  await userEvent.clear(url);
  await userEvent.type(url, 'https://127.0.0.1/hook');
  await userEvent.click(form.getByRole('checkbox', { name: 'An alert opened' }));
  await userEvent.click(form.getByRole('button', { name: 'Add a webhook' }));
  expect(await form.findByText(/is an address of the hub’s own network/)).toBeVisible();
  await userEvent.clear(url);
  await userEvent.type(url, 'https://tickets.example.com/hook');
  await userEvent.click(form.getByRole('button', { name: 'Add a webhook' }));
  expect((await dialog('The secret of Tickets')).getByText('whsec_c2VjcmV0')).toBeVisible();
  await waitFor(() => expect(JSON.stringify(store.getState())).not.toContain('whsec_'));
  expect(here.hub.privacy.webhooks.at(-1)).toMatchObject({ url: 'https://tickets.example.com/hook', events: ['alert.opened'] });
}, 40_000);

test('a webhook that was switched off says why, is switched on again, and a delivery is sent again', async () => {
  renderApp('/admin/webhooks');
  const row = await screen.findByRole('row', { name: /ERP/ });
  expect(row).toHaveTextContent(/Off.*it did not answer for a day.*24 calls failed/);
  await userEvent.click(within(row).getByRole('button', { name: 'Switch ERP on' }));
  await waitFor(() => expect(row).not.toHaveTextContent('it did not answer for a day'));
  await userEvent.click(within(row).getByRole('button', { name: 'Deliveries of ERP' }));
  const list = await dialog('Deliveries of ERP');
  expect(await list.findByText('the receiver answered 500')).toBeVisible();
  await userEvent.click(list.getByRole('button', { name: /Send “An alert is over” of .* again/ }));
  expect(await list.findByText('Waiting')).toBeVisible();
});

test('an erasure shows what goes and what stays, and is confirmed knowingly', async () => {
  renderApp('/admin/privacy');
  expect(await screen.findByRole('row', { name: /c_77aa/ })).toHaveTextContent('Late');
  await userEvent.click(screen.getByRole('button', { name: /^Open To be erased/ }));
  const request = await dialog('Privacy request');
  expect(await request.findByRole('row', { name: /^receipts without their customer 12 Stays .*the books are kept for 6 years by law/ })).toBeVisible();
  const erase = request.getByRole('button', { name: 'Erase for ever' });
  expect(erase).toBeDisabled();
  await userEvent.click(request.getByRole('checkbox', { name: /I have read/ }));
  await userEvent.click(erase);
  expect(await request.findByText('Answered', { selector: 'span' })).toBeVisible();
  expect(request.getByRole('row', { name: /keys 1/ })).toBeVisible();
});

test('a request is taken down for a customer or a person', async () => {
  renderApp('/admin/privacy');
  await userEvent.click(await screen.findByRole('button', { name: 'Take down a request' }));
  const form = await dialog('Take down a request');
  await userEvent.click(form.getByRole('button', { name: 'Answer it' }));
  expect(form.getByText('Enter the number.')).toBeVisible();
  await userEvent.click(form.getByRole('button', { name: 'A person of the organization' }));
  await userEvent.click(form.getByRole('combobox', { name: /A person/ }));
  await userEvent.click(await screen.findByRole('option', { name: 'Tom Okafor' }));
  await userEvent.click(form.getByRole('button', { name: 'Answer it' }));
  expect(await (await dialog('Privacy request')).findByText('Being answered')).toBeVisible();
  expect(here.hub.privacy.requests[0]).toMatchObject({ kind: 'access', about: 'person' });
});

test('retention says why, and the law refuses what is too short', async () => {
  renderApp('/admin/retention');
  expect(await screen.findByRole('row', { name: /Readings as they came/ })).toHaveTextContent(/30 days.*Yours.*at most 13 months.*48,213 rows/);
  await userEvent.click(screen.getByRole('button', { name: 'Change how long this is kept: Receipts' }));
  const form = await dialog('Change how long this is kept: Receipts');
  const period = form.getByRole('textbox', { name: 'Kept for' });
  await userEvent.clear(period);
  await userEvent.type(period, '1 days{Enter}');
  expect(await form.findByText(/at least 6 calendar years by law/)).toBeVisible();
  await userEvent.clear(period);
  await userEvent.type(period, '8 calendar years{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  // What was settled before stays settled.
  expect(here.hub.privacy.retention.classes.map((each) => [each.class, each.period, each.own])).toEqual([['receipts', '8 calendar years', true], ['telemetry_raw', '30 days', true], ['audit', '6 calendar years', false]]);
});
