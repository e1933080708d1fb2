import { CASES } from '../src/testing/fakeCases';
import { ROUTES } from '../src/testing/fakeRouting';
import { STORE } from '../src/testing/world';
import { expect, test } from './serve';

/** Pictures of every page for people to look at: `npm run e2e:screens`, then see test-results/screens. */
const PAGES: [string, string][] = [
  ['overview', '/'],
  ['stores', '/stores'],
  ['store-live', `/stores/${STORE.fore}/live`],
  ['store-sales', `/stores/${STORE.fore}/sales`],
  ['store-sensors', `/stores/${STORE.fore}/sensors`],
  ['store-alarms', `/stores/${STORE.fore}/alarms`],
  ['products', '/products'],
  ['sales-search', '/sales'],
  ['alerts', '/alerts/inbox'],
  ['alert', '/alerts/inbox?alert=0199b000-001e-7000-8000-000000000002'],
  ['rules', '/alerts/rules'],
  ['rule', '/alerts/rules?rule=0199b000-001f-7000-8000-000000000001'],
  ['cases', '/cases'],
  ['case', `/cases/${CASES.refunds}`],
  ['reports', '/reports/gallery'],
  ['schedules', '/reports/schedules'],
  ['exports', '/reports/exports'],
  ['jobs', '/jobs'],
  ['admin-people', '/admin/people'],
  ['admin-keys', '/admin/keys'],
  ['admin-providers', '/admin/providers'],
  ['admin-clients', '/admin/clients'],
  ['admin-webhooks', '/admin/webhooks'],
  ['admin-routes', '/admin/routes'],
  ['admin-route', `/admin/routes?route=${ROUTES.cold}`],
  ['admin-mails', '/admin/mails'],
  ['admin-system', '/admin/system'],
  ['admin-privacy', '/admin/privacy'],
  ['admin-retention', '/admin/retention'],
  ['admin-audit', '/admin/audit'],
  ['admin-organization', '/admin/organization'],
  ['account', '/account'],
  ['store-sync', `/stores/${STORE.kirkgate}/sync`],
];

for (const scheme of ['light', 'dark'] as const) {
  for (const [name, path] of PAGES) {
    test(`${name}, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [size, width, height] of [['wide', 1360, 860], ['phone', 360, 640]] as const) {
        await page.setViewportSize({ width, height });
        await page.goto(path);
        await expect(page.locator('[data-link="live"]')).toBeVisible();
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `test-results/screens/${name}-${scheme}-${size}.png`, fullPage: true });
      }
    });
  }
}

for (const role of ['admin', 'fleet_engineer', 'loss_prevention', 'analyst'] as const) {
  test(`home of ${role}`, async ({ page, site }) => {
    site.hub.office.become(role);
    await page.goto('/');
    await expect(page.locator(`[data-home="${role}"]`)).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await page.waitForTimeout(400);
    await page.screenshot({ path: `test-results/screens/home-${role}.png`, fullPage: true });
  });
}

test('login', async ({ page, site }) => {
  site.hub.signedIn = false;
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.screenshot({ path: 'test-results/screens/login.png' });
});
