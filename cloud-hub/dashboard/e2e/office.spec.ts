import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { PASSWORD, PEOPLE } from '../src/testing/fakeOffice';
import { open } from './pages';
import { expectAccessible } from './rules';
import { expect, test } from './serve';

/** Administration and the own account: journeys, and the rules in every dialog. */
async function more(page: Page, who: string, what: string): Promise<void> {
  await page.getByRole('button', { name: `More about ${who}` }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

test('no dialog of administration or account breaks a rule of WCAG 2.2 A or AA', async ({ page, site }) => {
  const dialog = page.getByRole('dialog');
  const leave = async () => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  await open(page, '/admin/people');
  await page.getByRole('button', { name: 'More about Tom Okafor' }).click();
  await expectAccessible(page, 'menu of a person');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('radio', { name: 'Only some stores' }).check();
  await page.getByRole('button', { name: 'Add person' }).click();
  await expectAccessible(page, 'add a person, with complaints');
  await leave();
  await page.getByRole('row', { name: /Tom Okafor/ }).getByRole('button', { name: 'Change' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Thomas');
  site.hub.office.meddle(PEOPLE.tom, { name: 'Tom O.' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[data-state="conflict"]')).toBeVisible();
  await expectAccessible(page, 'conflict');
  await leave();
  await more(page, 'Ana Silva', 'Why can they see this?');
  await expect(page.locator('[data-allowed]')).toBeVisible();
  await expectAccessible(page, 'explanation');
  await leave();
  site.hub.office.fresh = false;
  await more(page, 'Tom O.', 'Shut out');
  await dialog.getByRole('button', { name: 'Shut out' }).click();
  const factor = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await factor.getByRole('button', { name: 'Confirm' }).click();
  await expectAccessible(page, 'question for a factor, with a complaint');
  await page.keyboard.press('Escape');
  await expect(factor).toHaveCount(0);
  await expect(page.getByText('This needs your password again')).toBeVisible();
  await expectAccessible(page, 'no factor shown');
  site.hub.office.fresh = true;

  await open(page, '/admin/keys');
  await page.getByRole('checkbox', { name: 'Show revoked and expired' }).check();
  await expectAccessible(page, 'old keys');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await dialog.getByRole('textbox', { name: /What it is for/ }).fill('Scales');
  await dialog.getByRole('checkbox', { name: /catalog\.read/ }).check();
  await expectAccessible(page, 'make a key');
  await dialog.getByRole('button', { name: 'Make key' }).click();
  await expect(page.getByRole('region', { name: 'The key' })).toBeVisible();
  await expectAccessible(page, 'the key');

  await open(page, '/admin/audit');
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await expect(page.locator('[data-intact="true"]')).toBeVisible();
  await page.getByRole('button', { name: 'Show entry 66' }).click();
  await expect(page.getByTestId('changes')).toBeVisible();
  await expectAccessible(page, 'entry of the log');
  await open(page, '/admin/audit?area=organizations');
  await expect(page.locator('[data-state="no-match"]')).toBeVisible();
  await expectAccessible(page, 'no entry matches');

  await open(page, '/account');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expectAccessible(page, 'password, with a complaint');
  await page.getByRole('button', { name: 'End all others' }).click();
  await expectAccessible(page, 'end all others');
  await leave();
  site.hub.office.become('viewer');
  await open(page, '/admin/audit');
  await expect(page.locator('[data-state="forbidden"]')).toBeVisible();
  await expectAccessible(page, 'forbidden page');
});

test('by keyboard alone: add a person, show a factor, and the focus is never lost', async ({ page, site }) => {
  site.hub.office.fresh = false;
  await open(page, '/admin/people');
  const add = page.getByRole('button', { name: 'Add a person' });
  await add.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /E-mail/ })).toBeFocused();
  await page.keyboard.type('rui@example.com');
  await page.getByLabel(/First password/).focus();
  await page.keyboard.type('three unrelated words');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Confirm that it is you' }).getByLabel('Password')).toBeFocused();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText('rui@example.com can sign in now')).toBeVisible();
  await expect(add).toBeFocused();
});

test('a key is copied once and revoked', async ({ page, context, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: baseURL });
  await open(page, '/admin/keys');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByRole('textbox', { name: /What it is for/ }).fill('Scales');
  await page.getByRole('checkbox', { name: /catalog\.read/ }).check();
  await page.getByRole('button', { name: 'Make key' }).click();
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^vyk_[0-9a-f]{32}_\S+$/);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Revoke Scales' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('Scales')).toHaveCount(0);
});

test('the log: filters in the address, Back restores them, the export is a file with every entry', async ({ page, site }) => {
  site.hub.office.fresh = false;
  await open(page, '/admin/audit');
  await page.getByRole('combobox', { name: 'What' }).click();
  await page.getByRole('option', { name: 'People', exact: true }).click();
  await expect(page.locator('[data-row]')).toHaveCount(1);
  expect(new URL(page.url()).search).toBe('?area=users');
  await page.getByRole('link', { name: 'Machines' }).click();
  await expect(page).toHaveURL(/\/admin\/keys$/);
  await page.goBack();
  await expect(page.locator('[data-row]')).toHaveCount(1);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const file = await download;
  expect(file.suggestedFilename()).toBe('audit.tsv');
  expect(readFileSync(await file.path(), 'utf8').trim().split('\n')).toHaveLength(site.hub.office.log.length);
});

test('a new password and the end of other sign-ins', async ({ page, site }) => {
  await open(page, '/');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Account and security' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Account and security' })).toBeFocused();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('password12');
  await page.getByLabel('New password again').fill('password12');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText(/is easily guessed/)).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill('three unrelated words');
  await page.getByLabel('New password again').fill('three unrelated words');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The password is changed.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Where you are signed in' }).locator('[data-row]')).toHaveCount(1);
  expect(site.hub.office.signIns).toHaveLength(1);
});
