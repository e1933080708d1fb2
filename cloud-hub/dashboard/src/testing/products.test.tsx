import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();
const rows = () => document.querySelectorAll('[data-row]').length;

test('the catalog is looked through by the hub, a page at a time', async () => {
  renderApp('/products');
  expect(await screen.findByText('59 products')).toBeVisible();
  expect(rows()).toBe(50);
  await userEvent.click(screen.getByRole('button', { name: 'Show more products' }));
  await waitFor(() => expect(rows()).toBe(59));
  await userEvent.type(screen.getByLabelText('Search by name, SKU or barcode'), 'cro');
  await waitFor(() => expect(rows()).toBe(1));
  expect(screen.getByText('1 product')).toBeVisible();
  // Asked when the typing rests, not at every letter.
  expect(here.hub.log.filter((line) => line.includes('search=')).length).toBeLessThanOrEqual(2);
});

test('no match is not the same as no product, and signs alone are not asked for', async () => {
  renderApp('/products?q=nothing');
  await userEvent.click(await screen.findByRole('button', { name: 'Clear filter' }));
  await screen.findByText('59 products');
  await userEvent.type(screen.getByLabelText('Search by name, SKU or barcode'), '---');
  await waitFor(() => expect(screen.getByText('59 products')).toBeVisible());
  expect(here.hub.log.filter((line) => line.includes('search=-'))).toEqual([]);
});

test('by group, and what is no longer listed', async () => {
  renderApp('/products?show=retired');
  expect(await screen.findByText('1 product')).toBeVisible();
  expect(screen.getByText('Not listed')).toBeVisible();
  await userEvent.click(screen.getByRole('combobox', { name: 'Which products' }));
  await userEvent.click(await screen.findByRole('option', { name: 'All' }));
  expect(await screen.findByText('60 products')).toBeVisible();
  await userEvent.click(screen.getByRole('combobox', { name: 'Group' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Dairy' }));
  expect(await screen.findByText('15 products')).toBeVisible();
});

test('a price is never rounded, and one that nobody entered is not shown as nothing', async () => {
  renderApp('/products?show=all');
  const row = await screen.findByRole('row', { name: /Seasonal item 1 / });
  expect(row).toHaveTextContent('£0.1234');
  expect(within(screen.getByRole('row', { name: /Mature cheddar/ })).getAllByRole('cell')[1]).toHaveTextContent(/^–$/);
});

test('one product: prices past and to come, and what is to be ordered where', async () => {
  renderApp('/products');
  await userEvent.click(await screen.findByRole('button', { name: 'Details of Bananas, loose, kg' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Bananas, loose, kg' }));
  expect(await dialog.findByRole('row', { name: /£1\.25\s*To come Every store/ })).toBeVisible();
  expect(dialog.getByRole('row', { name: /£1\.15\s*Holds now Every store/ })).toBeVisible();
  expect(dialog.getByRole('row', { name: /£0\.99\s*Over Fore Street/ })).toBeVisible();
  expect(await dialog.findByRole('row', { name: /Fore Street 6\.25\s*To be ordered/ })).toBeVisible();
  expect(dialog.getByRole('row', { name: /Harbourside 31 0 – – Never/ })).toBeVisible();
});

test('who may not see the catalog is told which permission is missing', async () => {
  here.hub.office.user = { ...here.hub.office.user, permissions: ['self', 'stores.read'] as unknown as typeof here.hub.office.user.permissions };
  renderApp('/products');
  expect(await screen.findByText(/This needs the permission catalog\.read/)).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Products' })).toBeNull();
  expect(here.hub.log.some((line) => line.includes('/products'))).toBe(false);
});
