import { STORE } from '../src/testing/world';
import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';

/** Going by name, filters under a name, and the homes of the roles. */
test('palette, views and every home keep the rules of WCAG 2.2 A and AA', async ({ page, site }) => {
  for (const role of ['admin', 'fleet_engineer', 'loss_prevention', 'analyst'] as const) {
    site.hub.office.become(role);
    await open(page, '/');
    await expect(page.locator(`[data-home="${role}"]`)).toBeVisible();
    await expectAccessible(page, `home of ${role}`);
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option', { name: /Kirkgate/ })).toBeVisible();
  await expectAccessible(page, 'palette');
  await page.keyboard.type('no such thing');
  await expectAccessible(page, 'palette without a match');
  await page.keyboard.press('Escape');
  await open(page, '/stores?status=offline');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Keep view' }).click();
  await expectAccessible(page, 'views, with a complaint');
  await page.getByRole('textbox', { name: /Name for/ }).fill('Cut off');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('button', { name: 'Cut off', exact: true })).toBeVisible();
  await expectAccessible(page, 'views');
});

test('by keyboard alone to a store and back, and the focus returns', async ({ page }) => {
  await open(page, '/stores');
  const search = page.getByLabel('Search by name or city');
  await search.focus();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option', { name: /Kirkgate/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(search).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('harb');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Harbourside' })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe(`/stores/${STORE.harbour}/live`);
});

test('a view outlives the visit, for its page and person only', async ({ page }) => {
  await open(page, `/stores/${STORE.fore}/alarms?show=all`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('textbox', { name: /Name for/ }).fill('Everything');
  await page.keyboard.press('Enter');
  await open(page, `/stores/${STORE.kirkgate}/alarms`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Everything', exact: true }).click();
  await expect.poll(() => new URL(page.url()).search).toBe('?show=all');
  await open(page, '/stores');
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByText('No view is kept for this page yet.')).toBeVisible();
});

test('every home fits a phone', async ({ page, site }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const role of ['admin', 'fleet_engineer', 'loss_prevention', 'analyst'] as const) {
    site.hub.office.become(role);
    await open(page, '/');
    await expectFits(page, `home of ${role}`);
  }
});
