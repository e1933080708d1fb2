import type { Page } from '@playwright/test';
import { CASES } from '../src/testing/fakeCases';
import { PASSWORD } from '../src/testing/fakeOffice';
import { STORE } from '../src/testing/world';
import { open } from './pages';
import { expectSound } from './rules';
import { expect, test } from './serve';

/** Trade and what follows from it: looking for sales, keeping the catalog, following a loss, and reports that go to people. */
const BANANAS = 'Bananas, loose, kg';
const rows = (page: Page) => page.locator('[data-row]');
const field = (page: Page, name: string | RegExp) => page.getByRole('dialog').getByRole('textbox', { name });

/** What is said below a field, as it is read out with it. */
const said = (page: Page, name: string | RegExp, text: string | RegExp) => expect(field(page, name)).toHaveAccessibleDescription(text);

test('sales are narrowed by every filter, paged, opened, and leave as a file', async ({ page, site }) => {
  // The longest journeys here: beside a build on the same machine they need minutes.
  test.slow();
  const lines = Object.values(site.hub.world.receipts).flat().flatMap((receipt) => receipt.lines.map((line) => ({ receipt, line })));
  const ticket = site.hub.world.receipts[STORE.fore]?.find((each) => each.lines.length > 1);
  const first = ticket?.lines[0];
  if (!ticket || !first) throw new Error('the world has no ticket of two lines');
  await open(page, '/sales');
  await expect(rows(page)).toHaveCount(50);
  await expectSound(page, 'sold lines');

  const newest = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('data-row')));
  await page.getByRole('button', { name: 'Show more lines' }).click();
  await expect(rows(page)).toHaveCount(100);
  const paged = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('data-row')));
  expect(paged.slice(0, 50)).toEqual(newest);
  expect(new Set(paged).size).toBe(100);

  const bar = page.getByRole('search', { name: 'Filter of the sold lines' });
  const left = async (what: string, keep: (each: (typeof lines)[number]) => boolean) => {
    const count = Math.min(50, lines.filter(keep).length);
    await expect(rows(page), what).toHaveCount(count);
  };
  const pick = async (name: string, option: string) => {
    await bar.getByRole('combobox', { name }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const clear = async () => {
    await page.goto('/sales');
    await expect(rows(page)).toHaveCount(50);
  };
  // Each alone, against the tickets of the world; together below.
  await pick('Kind of ticket', 'Return');
  await left('returns', ({ receipt }) => receipt.kind === 'return');
  await clear();
  await bar.getByRole('textbox', { name: 'Line comes to at least' }).fill('11');
  await left('dear lines', ({ line }) => Number(line.total.amount) >= 11);
  await clear();
  await bar.getByRole('textbox', { name: 'Line comes to at most' }).fill('-5');
  await left('lines far below zero', ({ line }) => Number(line.total.amount) <= -5);
  await clear();
  await bar.getByRole('textbox', { name: /^Product/ }).fill('4011');
  await expect(page.getByText(`Only ${BANANAS}.`)).toBeVisible();
  await expect(rows(page).filter({ hasNotText: BANANAS })).toHaveCount(0);

  await clear();
  await pick('Store', 'Fore Street');
  await bar.getByRole('textbox', { name: 'Ticket number' }).fill(ticket.number);
  await left('one ticket', ({ receipt }) => receipt.id === ticket.id);
  await bar.getByRole('textbox', { name: 'Till' }).fill(ticket.terminal);
  await bar.getByRole('textbox', { name: 'Cashier’s number' }).fill(ticket.operator ?? '');
  await bar.getByRole('textbox', { name: /^Product/ }).fill(first.sku);
  await left('one line', ({ receipt, line }) => receipt.id === ticket.id && line.sku === first.sku);
  await bar.getByLabel('From').fill('2026-11-21T00:00');
  await bar.getByLabel('Until').fill('2026-11-20T00:00');
  await expect(page.getByText('Nothing was searched')).toBeVisible();
  await expectSound(page, 'a filter that cannot be asked');
  await bar.getByLabel('Until').fill('2026-11-22T00:00');
  await left('one line, of one day', ({ receipt, line }) => receipt.id === ticket.id && line.sku === first.sku);
  const asked = () => Object.fromEntries(new URLSearchParams(site.hub.log.filter((line) => line.startsWith('GET /transactions?')).at(-1)?.split('?')[1]));
  await expect.poll(asked).toMatchObject({
    store_id: STORE.fore, receipt_number: ticket.number, register: ticket.terminal, cashier: ticket.operator, from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z',
  });

  const line = page.getByRole('button', { name: `Open ticket ${ticket.number}, line ${first.line_no}` });
  await line.click();
  const drawer = page.getByRole('dialog', { name: `Receipt ${ticket.number}` });
  await expect(drawer.getByText('Total')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await expect(line).toBeFocused();
  await line.click();
  await expect(drawer.getByText('Total')).toBeVisible();
  await expectSound(page, 'the ticket of a line');
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);

  site.hub.office.fresh = false;
  await page.getByRole('button', { name: 'Export' }).click();
  const ask = page.getByRole('dialog', { name: 'Export sold lines' });
  await expect(ask.getByText('What the filter finds in the store that is chosen.')).toBeVisible();
  await expectSound(page, 'an export of what was found');
  await ask.getByRole('button', { name: 'Make the file' }).click();
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Download/ })).toBeVisible();
  // The file holds what the list held: the store and the days, and what alone is kept of them.
  const only = { receipt_number: ticket.number, register: ticket.terminal, cashier: ticket.operator, product_id: expect.any(String) };
  expect(site.hub.work.jobs[0]).toMatchObject({ kind: 'export', state: 'done', input: { kind: 'lines', format: 'csv', store_ids: [STORE.fore], from: '2026-11-21', to: '2026-11-22', only } });
});

test('a product is made; what the hub refuses stands at its field, and a form opened again is empty', async ({ page, site }) => {
  await open(page, '/products');
  const add = page.getByRole('button', { name: 'Add a product' });
  await add.click();
  const ask = page.getByRole('dialog', { name: 'Add a product' });
  await expect(ask.getByRole('textbox', { name: 'SKU (stock number)' })).toBeFocused();
  await ask.getByRole('textbox', { name: 'SKU (stock number)' }).fill('4011');
  await ask.getByRole('button', { name: 'Add a barcode' }).click();
  await ask.getByRole('button', { name: 'Add a barcode' }).click();
  // The empty row above it is not sent: the hub counts without it.
  await ask.getByRole('textbox', { name: 'Number', exact: true }).nth(1).fill(site.hub.catalog.products[0]?.barcodes[0]?.gtin ?? '');
  await ask.getByRole('button', { name: 'Add a product' }).click();
  await expect(field(page, /^Name/)).toBeFocused();
  await said(page, /^Name/, 'This is needed.');
  await expectSound(page, 'a product to be, with complaints');
  await field(page, /^Name/).fill('Felt-tip pen');
  await page.keyboard.press('Enter');
  await said(page, /^SKU/, 'Another product has this SKU already.');
  await expect(field(page, /^SKU/)).toBeFocused();
  await field(page, /^SKU/).fill('4011-7');
  await expect(field(page, /^SKU/)).toHaveAttribute('aria-invalid', 'false');
  await page.keyboard.press('Enter');
  const taken = ask.getByRole('textbox', { name: 'Number', exact: true }).nth(1);
  await expect(taken).toBeFocused();
  await expect(taken).toHaveAccessibleDescription('Product 4011 has this barcode already.');
  await expectSound(page, 'a barcode that another product has');
  await page.keyboard.press('Escape');
  await expect(ask).toHaveCount(0);
  await expect(add).toBeFocused();

  await add.click();
  await expect(field(page, /^SKU/)).toHaveValue('');
  await expect(field(page, /^Name/)).toHaveValue('');
  await expect(ask.getByRole('textbox', { name: 'Number', exact: true })).toHaveCount(0);
  await field(page, /^SKU/).fill('4011-7');
  await field(page, /^Name/).fill('Felt-tip pen');
  await field(page, 'Price in every store').fill('2.55');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Felt-tip pen' })).toBeVisible();
  expect(site.hub.catalog.products[0]).toMatchObject({ sku: '4011-7', barcodes: [], price: { price: '2.55' } });
});

test('a product is changed at the version it was read at, priced and counted', async ({ page, site }) => {
  // The longest journeys here: beside a build on the same machine they need minutes.
  test.slow();
  const [bananas] = site.hub.catalog.products;
  const [row] = site.hub.stock.stock;
  if (!bananas || !row) throw new Error('the world sells no bananas');
  await open(page, '/products');
  await page.getByRole('button', { name: `Details of ${BANANAS}` }).click();
  const product = page.getByRole('dialog', { name: BANANAS, exact: true });
  await expect(product.getByText('To be ordered')).toBeVisible();

  await product.getByRole('button', { name: 'Change', exact: true }).click();
  const change = page.getByRole('dialog', { name: `Change ${BANANAS}` });
  await expect(change.getByRole('textbox', { name: 'Number', exact: true })).toHaveCount(2);
  await expectSound(page, 'a product with its barcodes');
  await page.setViewportSize({ width: 360, height: 640 });
  const cut = () => change.getByRole('textbox', { name: 'Number', exact: true }).evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth).length);
  await expect.poll(cut, 'numbers of 14 digits that cannot be read whole').toBe(0);
  await page.setViewportSize({ width: 1360, height: 860 });
  await change.getByRole('textbox', { name: /^Name/ }).fill('Bananas');
  site.hub.catalog.meddle(bananas.id, { name: 'Bananas, Fairtrade' });
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(change.getByText('Somebody else changed this meanwhile')).toBeVisible();
  await expectSound(page, 'two made of one product');
  expect(bananas.name).toBe('Bananas, Fairtrade');
  await change.getByRole('button', { name: 'Leave it as it is now' }).click();
  await expect(page.getByRole('dialog', { name: 'Bananas, Fairtrade', exact: true })).toBeVisible();
  await expect(change).toHaveCount(0);

  const shown = page.getByRole('dialog', { name: 'Bananas, Fairtrade', exact: true });
  await shown.getByRole('button', { name: 'Set a price' }).click();
  const price = page.getByRole('dialog', { name: 'Price of Bananas, Fairtrade' });
  await price.getByRole('textbox', { name: /^Price/ }).fill('1.05');
  site.hub.faults.set('/prices', { status: 400, detail: 'valid_from: "2019-01-01" is not a time of the last five years' });
  await price.getByLabel('Holds from').fill('2019-01-01T06:00');
  await price.getByRole('button', { name: 'Set a price' }).click();
  await expect(price.getByLabel('Holds from')).toHaveAccessibleDescription(/"2019-01-01" is not a time of the last five years/);
  await expect(price.getByLabel('Holds from')).toBeFocused();
  await expectSound(page, 'a price that the hub refused');
  site.hub.faults.clear();
  await price.getByLabel('Holds from').fill('2027-07-01T06:00');
  await price.getByRole('button', { name: 'Set a price' }).click();
  await expect(price).toHaveCount(0);
  await expect(shown.getByText('£1.05')).toBeVisible();
  expect(site.hub.catalog.prices[0]).toMatchObject({ product_id: bananas.id, price: '1.05', store_id: null });

  await shown.getByRole('button', { name: 'Book something' }).click();
  const book = page.getByRole('dialog', { name: 'Book stock of Bananas, Fairtrade' });
  await book.getByRole('textbox', { name: /^How much is there/ }).fill('41.5');
  await book.getByRole('button', { name: 'Book something' }).click();
  await expect(book.getByRole('combobox', { name: /^Store/ })).toBeFocused();
  await expectSound(page, 'a count without its store');
  await book.getByRole('combobox', { name: /^Store/ }).click();
  await page.getByRole('option', { name: 'Fore Street' }).click();
  site.hub.faults.set('/stock-events', { status: 400, detail: 'occurred_at: "2031-01-01T06:00:00Z" is not a time before now' });
  await book.getByLabel('When').fill('2031-01-01T06:00');
  await book.getByRole('button', { name: 'Book something' }).click();
  await expect(book.getByLabel('When')).toHaveAccessibleDescription(/is not a time before now/);
  site.hub.faults.clear();
  await book.getByLabel('When').fill('');
  await book.getByRole('button', { name: 'Book something' }).click();
  await expect(book).toHaveCount(0);
  await expect.poll(() => row.current_stock).toBe('41.5');

  await shown.getByRole('button', { name: 'Levels in Fore Street' }).click();
  const levels = page.getByRole('dialog', { name: 'Levels in Fore Street' });
  await levels.getByRole('textbox', { name: 'Room for' }).fill('48');
  site.hub.stock.meddle(row.id, { max_stock: '60' });
  await levels.getByRole('button', { name: 'Save' }).click();
  await expect(levels.getByText('Somebody else changed this meanwhile')).toBeVisible();
  await levels.getByRole('button', { name: 'Save mine' }).click();
  await expect(levels).toHaveCount(0);
  expect(row).toMatchObject({ max_stock: '48', reorder_point: '8' });
});

test('a case is given what it rests on by search, and its evidence is told from a forgery', async ({ page, site }) => {
  const ticket = site.hub.world.receipts[STORE.kirkgate]?.[9];
  if (!ticket) throw new Error('the world has too few tickets');
  await open(page, `/cases/${CASES.refunds}`);
  await page.getByRole('button', { name: 'Link something' }).click();
  const ask = page.getByRole('dialog', { name: 'Link something' });
  await expect(ask.getByRole('list', { name: 'What was found' })).toBeVisible();
  await expectSound(page, 'what a case may rest on');
  await ask.getByRole('textbox', { name: 'Ticket number' }).fill('no such ticket');
  await expect(ask.getByText(/No receipt of this store is like that/)).toBeVisible();
  await ask.getByRole('textbox', { name: 'Ticket number' }).fill(ticket.number);
  await expect(ask.locator('[data-offered]')).toHaveCount(1);
  await ask.getByRole('button', { name: `Link ${ticket.number} at ${ticket.terminal}` }).click();
  await expect(ask.getByRole('button', { name: `Link ${ticket.number} at ${ticket.terminal}` })).toHaveText('Linked');
  expect(site.hub.cases.cases[0]?.links.at(-1)).toEqual({ kind: 'receipt', id: ticket.id });
  await page.keyboard.press('Escape');
  const rests = page.getByRole('list', { name: 'What it rests on' });
  const named = new RegExp(`^Take out ${ticket.number} at ${ticket.terminal}`);
  await rests.getByRole('button', { name: named }).click();
  const out = page.getByRole('dialog', { name: 'Take this out of the case?' });
  await out.getByRole('button', { name: 'Take out' }).click();
  await said(page, /Why/, 'Say why: it stays in the timeline.');
  await expectSound(page, 'taken out without a reason');
  await field(page, /Why/).fill('Another till');
  await out.getByRole('button', { name: 'Take out' }).click();
  await expect(out).toHaveCount(0);
  await expect(rests.getByRole('button', { name: named })).toHaveCount(0);

  const evidence = (site.hub.cases.timeline.get(CASES.refunds) ?? []).map((entry) => JSON.stringify(entry));
  const bring = (lines: string[]) => page.getByLabel(/Evidence file/).setInputFiles({ name: 'case.jsonl', mimeType: 'text/plain', buffer: Buffer.from(lines.join('\n')) });
  await open(page, '/cases');
  await page.getByRole('button', { name: 'Check evidence' }).click();
  const check = page.getByRole('dialog', { name: 'Check evidence' });
  await bring(evidence);
  await check.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(check.locator('[data-intact="true"]')).toContainText(`${evidence.length} entries hold.`);
  await expectSound(page, 'evidence that holds');
  await bring(evidence.map((line) => line.replace('shift lead', 'cashier')));
  // Another file is another question: what was said of the last one is gone.
  await expect(check.locator('[data-intact]')).toHaveCount(0);
  await check.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(check.locator('[data-intact="false"]')).toContainText('The chain breaks at line 3');
  await expectSound(page, 'evidence that was altered');
});

test('a planned report goes to the people who were chosen for it, and the list names them', async ({ page, site }) => {
  await open(page, '/reports/schedules');
  await page.getByRole('button', { name: 'Plan a report' }).click();
  const ask = page.getByRole('dialog', { name: 'Plan a report' });
  const to = ask.getByRole('group', { name: 'Goes to' });
  const attach = to.getByRole('checkbox', { name: 'The file goes with the mail' });
  await expect(attach).toBeDisabled();
  await ask.getByRole('textbox', { name: /^Name/ }).fill('Fridays');
  await to.getByRole('checkbox', { name: 'Ana Silva' }).check();
  await to.getByRole('checkbox', { name: 'Tom Okafor' }).check();
  await expect(attach).toBeChecked();
  await expectSound(page, 'a report for two');
  await attach.uncheck();
  await ask.getByRole('button', { name: 'Plan report' }).click();
  await expect(ask).toHaveCount(0);
  const planned = rows(page).filter({ hasText: 'Fridays' });
  await expect(planned).toContainText('Ana Silva, Tom Okafor');
  await expect(planned).toContainText('without the file');
  expect(site.hub.work.schedules.find((each) => each.name === 'Fridays')).toMatchObject({ deliver_to: [expect.any(String), expect.any(String)], attach: false });
  await expectSound(page, 'schedules and who gets them');
  await page.getByRole('button', { name: 'Change Fridays' }).click();
  const change = page.getByRole('dialog', { name: 'Change the schedule' });
  await change.getByRole('checkbox', { name: 'Tom Okafor' }).uncheck();
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(planned).not.toContainText('Tom Okafor');
  await expect(planned).toContainText('Ana Silva');
});
