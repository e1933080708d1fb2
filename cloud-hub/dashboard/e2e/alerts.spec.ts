import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';
import { CASES } from '../src/testing/fakeCases';
import { PASSWORD } from '../src/testing/fakeOffice';
import { STORE } from '../src/testing/world';

/** Alerts: triage by keyboard, live, on a phone, and the rules in every dialog. */
test('no part of the inbox breaks a rule of WCAG 2.2 A or AA', async ({ page, site }) => {
  await open(page, '/alerts/inbox?show=all&group=store');
  await page.getByRole('checkbox', { name: 'Choose Fridge too warm, Fore Street' }).check();
  await expectAccessible(page, 'inbox, grouped, one chosen');
  for (const [press, name] of [['Assign', 'Who works on it?'], ['Suppress', 'Suppress the alert'], ['Resolve', 'Resolve the alert'], ['Snooze', 'Snooze the alert']] as const) {
    await page.getByRole('toolbar').getByRole('button', { name: press }).click();
    const dialog = page.getByRole('dialog', { name });
    if (press === 'Suppress' || press === 'Resolve') await dialog.getByRole('button', { name: press }).click();
    await expectAccessible(page, name);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page.getByRole('button', { name: 'Details of Unusually many refunds at a till, Kirkgate' }).click();
  await expect(page.getByText('Asked the shift lead to call back.')).toBeVisible();
  await expectAccessible(page, 'an alert');
  await open(page, '/alerts/inbox?q=nothing');
  await expectAccessible(page, 'no alert like that');
  site.hub.alerts.alerts.splice(0);
  await open(page, '/alerts/inbox');
  await expectAccessible(page, 'empty inbox');
});

test('by keyboard alone: triage an alert, and the focus is never lost', async ({ page, site }) => {
  await open(page, '/alerts/inbox?show=all');
  const details = page.getByRole('button', { name: 'Details of Fridge too warm, Fore Street' });
  await details.focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Fridge too warm' });
  await drawer.getByRole('button', { name: 'Acknowledge' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => site.hub.alerts.alerts[0]?.state).toBe('acknowledged');
  await drawer.getByRole('button', { name: 'Resolve' }).focus();
  await page.keyboard.press('Enter');
  const ask = page.getByRole('dialog', { name: 'Resolve the alert' });
  await expect(ask.getByRole('combobox', { name: /How it ended/ })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByRole('option', { name: 'Fixed' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await ask.getByRole('textbox', { name: 'A word on it' }).focus();
  await page.keyboard.type('Door was open');
  await ask.getByRole('button', { name: 'Resolve' }).focus();
  await page.keyboard.press('Enter');
  await expect(ask).toHaveCount(0);
  await expect.poll(() => site.hub.alerts.alerts[0]?.outcome).toBe('fixed');
  // The button that had the focus is gone with the state it was for: the drawer takes the focus.
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await expect(details).toBeFocused();
});

test('a new alert is on screen within a second of its event, and the filter survives Back', async ({ page, site }) => {
  await open(page, '/alerts/inbox');
  await page.getByRole('combobox', { name: 'Severity' }).click();
  await page.getByRole('option', { name: 'Critical' }).click();
  await expect(page.locator('[data-alert]')).toHaveCount(1);
  site.hub.raise(STORE.harbour, 'Cold room too warm');
  await expect(page.locator('[data-alert]')).toHaveCount(2, { timeout: 5_000 });
  await page.getByRole('button', { name: 'Details of Cold room too warm, Harbourside' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(new URL(page.url()).search).toBe('?severity=critical');
});

test('the inbox fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/alerts/inbox');
  await expectFits(page, 'inbox');
  await page.getByRole('button', { name: 'Details of Fridge too warm, Fore Street' }).click();
  await expect(page.getByRole('list', { name: 'What happened' })).toBeVisible();
  await expectFits(page, 'an alert');
});

test('no part of rules and cases breaks a rule of WCAG 2.2 A or AA', async ({ page }) => {
  await open(page, '/alerts/rules');
  await expectAccessible(page, 'rules');
  await page.getByRole('button', { name: 'Open Device silent' }).click();
  await expect(page.getByText(/Nobody would listen/)).toBeVisible();
  await page.getByText('The latest of them').click();
  await expectAccessible(page, 'a rule');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Write a rule' }).click();
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await expectAccessible(page, 'a rule to be, with complaints');
  await open(page, '/cases');
  await expectAccessible(page, 'cases');
  await page.getByRole('button', { name: 'Open a case' }).click();
  await expectAccessible(page, 'open a case');
  await open(page, `/cases/${CASES.refunds}`);
  await expectAccessible(page, 'a case');
  await page.getByRole('button', { name: 'Propose to close' }).click();
  await expectAccessible(page, 'propose to close');
});

test('evidence asks for a factor, is a file, and that it left stands in the timeline', async ({ page, site }) => {
  site.hub.office.fresh = false;
  await open(page, `/cases/${CASES.refunds}`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Evidence' }).click();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const file = await download;
  expect(file.suggestedFilename()).toBe(`case-${CASES.refunds}.jsonl`);
  await page.reload();
  await expect(page.getByText('Evidence was handed out')).toBeVisible();
});

test('rules and cases fit a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const path of ['/alerts/rules', '/cases', `/cases/${CASES.refunds}`]) {
    await open(page, path);
    await expectFits(page, path);
  }
  await open(page, '/alerts/rules');
  await page.getByRole('button', { name: 'Open Fridge too warm' }).click();
  await expect(page.getByText(/Would have fired/)).toBeVisible();
  await expectFits(page, 'a rule');
});
