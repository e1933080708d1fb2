import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const BANANAS = 'Bananas, loose, kg';
const open = async () => {
  renderApp('/products');
  await userEvent.click(await screen.findByRole('button', { name: `Details of ${BANANAS}` }));
  return dialog(BANANAS);
};
const bananas = () => here.hub.catalog.products.find((each) => each.sku === '4011');

test('a product is added: what the hub would refuse is said before it is asked', async () => {
  renderApp('/products');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a product' }));
  const ask = await dialog('Add a product');
  await userEvent.click(ask.getByRole('button', { name: 'Add a barcode' }));
  await userEvent.type(ask.getByRole('textbox', { name: 'Number' }), '4006381333932');
  await userEvent.click(ask.getByRole('button', { name: 'Add a product' }));
  expect(ask.getAllByText('This is needed.')).toHaveLength(2);
  expect(ask.getByText('A digit is wrong: by the others the last one must be 1.')).toBeVisible();
  expect(here.hub.log.some((line) => line.startsWith('POST /products'))).toBe(false);
  await userEvent.type(ask.getByRole('textbox', { name: 'Number' }), '{Backspace}1');
  await userEvent.type(ask.getByRole('textbox', { name: /^SKU/ }), '4011');
  await userEvent.type(ask.getByRole('textbox', { name: /^Name/ }), 'Felt-tip pen');
  await userEvent.type(ask.getByRole('combobox', { name: 'Place in the catalog' }), 'Dry / Pens');
  await userEvent.type(ask.getByRole('textbox', { name: 'Price in every store' }), '2.55');
  await userEvent.click(ask.getByRole('button', { name: 'Add a product' }));
  expect(await ask.findByText('Another product has this SKU already.')).toBeVisible();
  await userEvent.type(ask.getByRole('textbox', { name: /^SKU/ }), '-7');
  await userEvent.click(ask.getByRole('button', { name: 'Add a product' }));
  const made = await dialog('Felt-tip pen');
  expect(await made.findByText('Dry › Pens')).toBeVisible();
  expect(here.hub.catalog.products[0]).toMatchObject({ sku: '4011-7', hierarchy: ['Dry', 'Pens'], barcodes: [{ gtin: '4006381333931', pack: 1 }], price: { price: '2.55', currency: 'GBP', store_id: null } });
});

test('only what differs is sent, and what nobody touched keeps its kind', async () => {
  const shown = await open();
  await userEvent.click(await shown.findByRole('button', { name: 'Change' }));
  const ask = await dialog(`Change ${BANANAS}`);
  await userEvent.click(ask.getByRole('button', { name: 'Save' }));
  expect(ask.getByText('Nothing was changed yet.')).toBeVisible();
  await userEvent.click(ask.getByRole('button', { name: 'Add a detail' }));
  await userEvent.type(ask.getAllByRole('textbox', { name: 'What' }).at(-1) as HTMLElement, 'unit');
  await userEvent.type(ask.getAllByRole('textbox', { name: 'Value' }).at(-1) as HTMLElement, 'kg');
  await userEvent.click(ask.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByRole('dialog', { name: `Change ${BANANAS}` })).toBeNull());
  expect(bananas()?.attributes).toEqual({ origin: 'Ecuador', organic: true, unit: 'kg' });
  expect(bananas()?.barcodes).toHaveLength(2);
});

test('two people changed one product: the second sees both, and decides', async () => {
  const shown = await open();
  await userEvent.click(await shown.findByRole('button', { name: 'Change' }));
  const ask = await dialog(`Change ${BANANAS}`);
  const name = ask.getByRole('textbox', { name: /^Name/ });
  await userEvent.clear(name);
  await userEvent.type(name, 'Bananas');
  here.hub.catalog.meddle(bananas()?.id ?? '', { name: 'Bananas, Fairtrade' });
  await userEvent.click(ask.getByRole('button', { name: 'Save' }));
  expect(await ask.findByText('Somebody else changed this meanwhile')).toBeVisible();
  expect(ask.getByRole('row', { name: 'Name Bananas, Fairtrade Bananas' })).toBeVisible();
  expect(bananas()?.name).toBe('Bananas, Fairtrade');
  await userEvent.click(ask.getByRole('button', { name: 'Save mine' }));
  await waitFor(() => expect(bananas()?.name).toBe('Bananas'));
});

test('a price from when, in one store, by that store’s clocks', async () => {
  const shown = await open();
  await userEvent.click(shown.getByRole('button', { name: 'Set a price' }));
  const ask = await dialog(`Price of ${BANANAS}`);
  await userEvent.click(ask.getByRole('button', { name: 'Set a price' }));
  expect(ask.getByText(/A number such as 2.55/)).toBeVisible();
  await userEvent.type(ask.getByRole('textbox', { name: /^Price/ }), '1.05');
  await userEvent.click(ask.getByRole('combobox', { name: 'Where' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Harbourside' }));
  await userEvent.type(ask.getByLabelText('Holds from'), '2027-07-01T06:00');
  await userEvent.type(ask.getByLabelText('Holds until'), '2027-06-30T06:00');
  expect(ask.getByText('This must be after its beginning.')).toBeVisible();
  await userEvent.clear(ask.getByLabelText('Holds until'));
  await userEvent.click(ask.getByRole('button', { name: 'Set a price' }));
  expect(await shown.findByRole('row', { name: /£1\.05\s*To come Harbourside/ })).toBeVisible();
  expect(here.hub.catalog.prices[0]).toMatchObject({ price: '1.05', store_id: STORE.harbour, valid_from: '2027-07-01T05:00:00Z', valid_to: null });
});

test('stock is booked with a reason, once, and stands in what happened', async () => {
  const shown = await open();
  await userEvent.click(await shown.findByRole('button', { name: 'Book something' }));
  const ask = await dialog(`Book stock of ${BANANAS}`);
  await userEvent.click(ask.getByRole('combobox', { name: 'What' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Thrown away' }));
  await userEvent.type(ask.getByRole('textbox', { name: /^How much/ }), '1.25');
  await userEvent.click(ask.getByRole('button', { name: 'Book something' }));
  expect(ask.getByText('Choose a store.')).toBeVisible();
  expect(ask.getByText('Say why: it stays beside the booking.')).toBeVisible();
  await userEvent.click(ask.getByRole('combobox', { name: /^Store/ }));
  await userEvent.click(await screen.findByRole('option', { name: 'Fore Street' }));
  await userEvent.type(ask.getByRole('textbox', { name: /^Why/ }), 'Bruised');
  await userEvent.click(ask.getByRole('button', { name: 'Book something' }));
  expect(await shown.findByRole('row', { name: /Thrown away\s*Fore Street -1\.25 Bruised/ })).toBeVisible();
  expect(await shown.findByRole('row', { name: /^Fore Street 5/ })).toBeVisible();
  await userEvent.click(shown.getByRole('button', { name: 'Show older bookings' }));
  await waitFor(() => expect(shown.getAllByRole('row', { name: /Goods came in/ })).toHaveLength(9));
});

test('levels are set at the version they were read at', async () => {
  const shown = await open();
  await userEvent.click(await shown.findByRole('button', { name: 'Levels in Fore Street' }));
  const most = await screen.findByRole('textbox', { name: 'Room for' });
  const ask = await dialog('Levels in Fore Street');
  await userEvent.type(most, '4');
  await userEvent.click(ask.getByRole('button', { name: 'Save' }));
  expect(ask.getByText('Not above what there is room for.')).toBeVisible();
  await userEvent.type(most, '8');
  here.hub.stock.meddle(here.hub.stock.stock[0]?.id ?? '', { max_stock: '60' });
  await userEvent.click(ask.getByRole('button', { name: 'Save' }));
  expect(await ask.findByRole('row', { name: 'Room for 60 48' })).toBeVisible();
  await userEvent.click(ask.getByRole('button', { name: 'Save mine' }));
  await waitFor(() => expect(here.hub.stock.stock[0]).toMatchObject({ max_stock: '48', reorder_point: '8' }));
});

test('who may only look sees no way to change', async () => {
  here.hub.office.become('viewer');
  const shown = await open();
  expect(await shown.findByRole('row', { name: /past its date/ })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Change|Set a price|Book|Levels|Add a product/ })).toBeNull();
});
