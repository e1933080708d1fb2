import { readFileSync } from 'node:fs';
import { PASSWORD } from '../src/testing/fakeOffice';
import { open } from './pages';
import { expectSound } from './rules';
import { expect, test } from './serve';

/** Upkeep of the hub: machines, calls to other systems, mails, what people may ask under the law, and how long what is kept. */
test('a machine client gets its secret once, outlives a reload without it, and is revoked', async ({ page, context, baseURL, site }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: baseURL });
  site.hub.office.fresh = false;
  await open(page, '/admin/clients');
  await page.getByRole('button', { name: 'Make a client' }).click();
  const ask = page.getByRole('dialog', { name: 'Make a client' });
  await ask.getByRole('button', { name: 'Make client' }).click();
  await expect(ask.getByRole('textbox', { name: /What it is for/ })).toBeFocused();
  await expectSound(page, 'a client, with complaints');
  await ask.getByRole('textbox', { name: /What it is for/ }).fill('Planner');
  await ask.getByRole('checkbox', { name: /sales\.read/ }).check();
  await ask.getByRole('button', { name: 'Make client' }).click();
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const made = page.getByRole('dialog', { name: 'The client is made' });
  await made.getByRole('button', { name: 'Copy' }).last().click();
  await expect(made.getByRole('button', { name: 'Copied' })).toBeVisible();
  const secret = await page.evaluate(() => navigator.clipboard.readText());
  expect(secret).toMatch(/^vycs_[0-9a-f]{32}$/);
  await made.getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await expect(page.getByText('Planner')).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.getByRole('button', { name: 'Revoke Planner' }).click();
  await page.getByRole('dialog', { name: 'Revoke Planner?' }).getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('Planner')).toHaveCount(0);
  expect(site.hub.access.clients[0]).toMatchObject({ name: 'Planner', permissions: ['sales.read'], revoked_at: expect.any(String) });
});

test('a webhook: an address that the hub refuses, the secret, a delivery that is sent again, and the end', async ({ page, site }) => {
  await open(page, '/admin/webhooks');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const ask = page.getByRole('dialog', { name: 'Add a webhook' });
  const address = ask.getByRole('textbox', { name: /Address/ });
  await ask.getByRole('textbox', { name: /Name/ }).fill('Tickets');
  await address.fill('https://127.0.0.1/hook');
  await ask.getByRole('checkbox', { name: 'An alert opened' }).check();
  await page.keyboard.press('Enter');
  await expect(address).toBeFocused();
  await expect(address).toHaveAccessibleDescription(/127\.0\.0\.1 is an address of the hub’s own network/);
  await expectSound(page, 'a webhook that the hub refused');
  await address.fill('https://tickets.example.com/hook');
  await expect(address).toHaveAttribute('aria-invalid', 'false');
  await page.keyboard.press('Enter');
  const secret = page.getByRole('dialog', { name: 'The secret of Tickets' });
  await expect(secret.getByText('whsec_c2VjcmV0')).toBeVisible();
  await secret.getByRole('button', { name: 'Close' }).click();
  await expect(page.locator('[data-row]').filter({ hasText: 'Tickets' })).toContainText('An alert opened');

  await page.getByRole('button', { name: 'Deliveries of Tickets' }).click();
  const calls = page.getByRole('dialog', { name: 'Deliveries of Tickets' });
  await calls.getByRole('button', { name: /^Send “An alert is over” of .* again$/ }).click();
  await expect(calls.locator('[data-delivery="waiting"]')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete Tickets' }).click();
  await page.getByRole('dialog', { name: 'Delete Tickets?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(page.locator('[data-row]').filter({ hasText: 'Tickets' })).toHaveCount(0);
  expect(site.hub.privacy.webhooks.map((each) => each.name)).toEqual(['Pager', 'ERP']);
});

test('a mail that was given up is tried again, and one that cannot be says why', async ({ page, site }) => {
  await open(page, '/admin/mails?state=failed');
  const retry = page.getByRole('button', { name: /Try “Your invitation to Corner & Co\.” to tom@exmaple\.com again/ });
  site.hub.faults.set('/mails/', { status: 409, title: 'Not possible now', detail: 'this mail was sent, or what it said was wiped; invite again instead' });
  await retry.click();
  await expect(page.getByRole('alert').filter({ hasText: 'invite again instead' })).toBeVisible();
  await expectSound(page, 'a mail that cannot be tried again');
  site.hub.faults.clear();
  await retry.click();
  await expect(page.getByText('No mail is in this state')).toBeVisible();
  expect(site.hub.routing.mails.find((each) => each.recipient === 'tom@exmaple.com')).toMatchObject({ state: 'waiting', attempts: 0 });
});

test('health says what is left alone, and that it is well again', async ({ page, site }) => {
  await open(page, '/admin/system');
  await expect(page.locator('[data-health="degraded"]')).toBeVisible();
  const influx = page.locator('[data-row="influx"]');
  await expect(influx).toContainText('Left alone');
  await expect(influx).toContainText('connection refused');
  await expectSound(page, 'a hub with something left alone');
  Object.assign(site.hub.access.health, { status: 'ok', readings_to_copy: 0, oldest_to_copy: null });
  site.hub.access.health.outside = site.hub.access.health.outside.map((each) => ({ ...each, state: 'closed' as const, failures: 0, resting_ms: 0, last_error: null }));
  await expect(page.locator('[data-health="ok"]')).toBeVisible();
  await expect(influx).toContainText('No failure');
  // Of readings to copy, and of calls to webhooks, of which none waited before.
  await expect(page.getByText('Nothing waits')).toHaveCount(2);
});

test('somebody asks to be erased: it is taken down, read, and only then done; and a file goes to who asked for one', async ({ page, site }) => {
  site.hub.office.fresh = false;
  await open(page, '/admin/privacy');
  await expect(page.locator('[data-row]').filter({ hasText: 'Tom Okafor' })).toBeVisible();
  await page.getByRole('button', { name: 'Take down a request' }).click();
  const ask = page.getByRole('dialog', { name: 'Take down a request' });
  await ask.getByRole('combobox', { name: 'What they ask for' }).click();
  await page.getByRole('option', { name: 'To be erased' }).click();
  await ask.getByRole('button', { name: 'Show what would go' }).click();
  await expect(ask.getByRole('textbox', { name: /Number of the loyalty account/ })).toBeFocused();
  await expectSound(page, 'a request, with a complaint');
  await ask.getByRole('textbox', { name: /Number of the loyalty account/ }).fill('9826 0001');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const request = page.getByRole('dialog', { name: 'Privacy request' });
  const erase = request.getByRole('button', { name: 'Erase for ever' });
  await expect(erase).toBeDisabled();
  await expectSound(page, 'what an erasure takes');
  await request.getByRole('checkbox', { name: /I have read/ }).check();
  await erase.click();
  await expect(request.getByText('What was done')).toBeVisible();
  await expect(erase).toHaveCount(0);
  expect(site.hub.privacy.requests[0]).toMatchObject({ kind: 'erasure', state: 'done', subject: null });
  await page.keyboard.press('Escape');
  await page.locator('[data-row]').filter({ hasText: 'Tom Okafor' }).getByRole('button', { name: /^Open/ }).click();
  const download = page.waitForEvent('download');
  await request.getByRole('button', { name: 'Download the file' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toContain('c_4f1d');
});

test('how long receipts are kept: the law stands at the field, and somebody else’s change is not written over', async ({ page, site }) => {
  await open(page, '/admin/retention');
  await page.getByRole('button', { name: 'Change how long this is kept: Receipts' }).click();
  const ask = page.getByRole('dialog', { name: 'Change how long this is kept: Receipts' });
  const period = ask.getByRole('textbox', { name: 'Kept for' });
  await period.fill('1 days');
  await page.keyboard.press('Enter');
  await expect(period).toHaveAccessibleDescription(/at least 6 calendar years by law/);
  await expect(period).toBeFocused();
  await expectSound(page, 'a period that the law refuses');
  await period.fill('8 calendar years');
  site.hub.privacy.retention.version += 1;
  await page.keyboard.press('Enter');
  await expect(ask.getByRole('alert')).toContainText('Somebody else changed');
  expect(site.hub.privacy.retention.classes[0]?.period).toBe('6 calendar years');
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('button', { name: 'Change how long this is kept: Receipts' }).click();
  await period.fill('8 calendar years');
  await page.keyboard.press('Enter');
  await expect(ask).toHaveCount(0);
  await expect(page.locator('[data-row="receipts"]')).toContainText('8 calendar years');
});
