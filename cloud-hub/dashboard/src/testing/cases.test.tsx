import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { CASES } from './fakeCases';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const entries = () => within(screen.getByRole('list', { name: 'Timeline' })).getAllByRole('listitem').map((each) => each.dataset.entry);

test('the list: state, finding, who looks at it; by its filter', async () => {
  renderApp('/cases');
  await waitFor(() => expect(screen.getByRole('row', { name: /Refunds without a customer/ })).toHaveTextContent(/Fraud · Kirkgate.*In review.*Ana Silva.*2/));
  expect(screen.getByRole('row', { name: /Voids at closing/ })).toHaveTextContent(/Closed.*Confirmed/);
  await userEvent.click(screen.getByRole('combobox', { name: 'What is suspected' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Loss' }));
  await waitFor(() => expect(document.querySelectorAll('[data-row]')).toHaveLength(1));
  await userEvent.click(screen.getByRole('combobox', { name: 'State' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Closed' }));
  expect(await screen.findByText('No case is like that')).toBeVisible();
});

test('four eyes: one proposes, another closes', async () => {
  renderApp(`/cases/${CASES.refunds}`);
  await userEvent.click(await screen.findByRole('button', { name: 'Propose to close' }));
  const ask = await dialog('Propose to close');
  await userEvent.click(ask.getByRole('button', { name: 'Propose to close' }));
  expect(ask.getByText('Choose a finding.')).toBeVisible();
  expect(ask.getByText('Say why: it stays in the timeline.')).toBeVisible();
  await userEvent.click(ask.getByRole('combobox', { name: /Finding/ }));
  await userEvent.click(await screen.findByRole('option', { name: 'Confirmed' }));
  await userEvent.type(ask.getByRole('textbox', { name: /Why/ }), 'Seen on two days');
  await userEvent.click(ask.getByRole('button', { name: 'Propose to close' }));
  expect(await screen.findByText(/You proposed to close this case: Confirmed. Another person must close it/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Close the case' })).toBeNull();
  expect(entries().at(-1)).toBe('close_proposed');
});

test('who did not propose it closes it, and it can be reopened with a reason', async () => {
  renderApp(`/cases/${CASES.stock}`);
  expect(await screen.findByText(/Somebody else with the right to close must look at it/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Close the case' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Reopen' }));
  const ask = await dialog('Reopen');
  await userEvent.type(ask.getByRole('textbox', { name: /Why/ }), 'A new delivery note');
  await userEvent.click(ask.getByRole('button', { name: 'Reopen' }));
  expect(await screen.findByRole('button', { name: 'Propose to close' })).toBeVisible();
  expect(entries().slice(-2)).toEqual(['closed', 'reopened']);
});

test('a case is opened out of an alert, and rests on it', async () => {
  renderApp(`/alerts/inbox?alert=${here.hub.alerts.alerts[1]?.id}`);
  const drawer = await dialog('Unusually many refunds at a till');
  await userEvent.click(await drawer.findByRole('button', { name: 'Open a case' }));
  const ask = await dialog('Open a case');
  expect(ask.getByRole('textbox', { name: /Title/ })).toHaveValue('Unusually many refunds at a till');
  expect(ask.getByText('It begins with 1 link.')).toBeVisible();
  await userEvent.click(ask.getByRole('button', { name: 'Open a case' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Unusually many refunds at a till' })).toBeVisible();
  expect(await screen.findByRole('link', { name: /^Look at / })).toHaveAttribute('href', `/alerts/inbox?alert=${here.hub.alerts.alerts[1]?.id}`);
  expect(entries()).toEqual(['opened', 'linked']);
});

test('what a case rests on is looked at, linked, and taken out with a reason', async () => {
  renderApp(`/cases/${CASES.refunds}`);
  const list = within(await screen.findByRole('list', { name: 'What it rests on' }));
  await userEvent.click(await list.findByRole('button', { name: /^Look at / }));
  const receipt = await dialog(/Receipt/);
  expect(await receipt.findByText('Total')).toBeVisible();
  await userEvent.click(receipt.getByRole('button', { name: 'Close' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Link something' }));
  const ask = await dialog('Link something');
  const ticket = here.hub.world.receipts[STORE.kirkgate]?.[9];
  await userEvent.type(await ask.findByRole('textbox', { name: 'Ticket number' }), ticket?.number ?? '');
  await waitFor(() => expect(ask.getAllByRole('listitem')).toHaveLength(1));
  await userEvent.click(ask.getByRole('button', { name: `Link ${ticket?.number} at ${ticket?.terminal}` }));
  expect(await ask.findByText('Linked')).toBeVisible();
  expect(here.hub.cases.cases[0]?.links.at(-1)).toEqual({ kind: 'receipt', id: ticket?.id });
  await userEvent.click(ask.getByRole('button', { name: 'Till event' }));
  await userEvent.click(await ask.findByRole('button', { name: /^Link Drawer opened/ }));
  await waitFor(() => expect(here.hub.cases.cases[0]?.links).toHaveLength(4));
  await userEvent.click(ask.getByRole('button', { name: 'Close' }));
  expect(await list.findByText(/^Drawer opened.* · till-1 · /)).toBeVisible();
  await userEvent.click(await screen.findByRole('button', { name: /^Take out Drawer opened/ }));
  const out = await dialog('Take this out of the case?');
  await userEvent.type(out.getByRole('textbox', { name: /Why/ }), 'Another till');
  await userEvent.click(out.getByRole('button', { name: 'Take out' }));
  await waitFor(() => expect(here.hub.cases.cases[0]?.links).toHaveLength(3));
  expect(await screen.findByText('Another till')).toBeVisible();
});

test('who may read but not write sees the timeline and no act', async () => {
  here.hub.office.become('operations');
  renderApp(`/cases/${CASES.refunds}`);
  expect(await screen.findByText('Called the shift lead.')).toBeVisible();
  expect(screen.queryByRole('button', { name: /Propose|Assign|Link|Take out|Add comment/ })).toBeNull();
});

test('evidence is checked: right, or which line of the chain is broken', async () => {
  renderApp('/cases');
  await userEvent.click(await screen.findByRole('button', { name: 'Check evidence' }));
  const ask = await dialog('Check evidence');
  await userEvent.click(ask.getByRole('button', { name: 'Check' }));
  expect(ask.getByText('Choose a file.')).toBeVisible();
  const lines = (here.hub.cases.timeline.get(CASES.refunds) ?? []).map((entry) => JSON.stringify(entry));
  await userEvent.upload(ask.getByLabelText(/Evidence file/), new File([lines.join('\n')], 'case.jsonl', { type: 'text/plain' }));
  await userEvent.click(ask.getByRole('button', { name: 'Check' }));
  expect(await ask.findByText('3 entries hold. The chain ends in:')).toBeVisible();
  expect(ask.getByRole('link', { name: 'Open the case' })).toHaveAttribute('href', `/cases/${CASES.refunds}`);
  const forged = [lines[0], lines[1], lines[2]?.replace('shift lead', 'cashier')];
  await userEvent.upload(ask.getByLabelText(/Evidence file/), new File([forged.join('\n')], 'case.jsonl', { type: 'text/plain' }));
  await userEvent.click(ask.getByRole('button', { name: 'Check' }));
  expect(await ask.findByText(/The chain breaks at line 3: line 3 was altered/)).toBeVisible();
});

test('from a receipt to a case that is being looked into', async () => {
  const ticket = here.hub.world.receipts[STORE.kirkgate]?.[7];
  renderApp(`/sales?number=${ticket?.number}`);
  await userEvent.click(await screen.findByRole('button', { name: `Open ticket ${ticket?.number}, line 1` }));
  const drawer = await dialog(`Receipt ${ticket?.number}`);
  await userEvent.click(await drawer.findByRole('button', { name: 'Add to a case' }));
  const ask = await dialog('Add to a case');
  await userEvent.click(await ask.findByRole('combobox', { name: /Case/ }));
  expect((await screen.findAllByRole('option')).map((each) => each.textContent)).toEqual(['Refunds without a customer']);
  await userEvent.click(screen.getByRole('option', { name: 'Refunds without a customer' }));
  await userEvent.click(ask.getByRole('button', { name: 'Add to a case' }));
  expect(await screen.findByRole('link', { name: 'Added to: Refunds without a customer' })).toBeVisible();
  expect(here.hub.cases.cases[0]?.links.at(-1)).toEqual({ kind: 'receipt', id: ticket?.id });
});
