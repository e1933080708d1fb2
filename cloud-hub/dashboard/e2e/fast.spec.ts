import AxeBuilder from '@axe-core/playwright';
import { PASSWORD } from '../src/testing/fakeHub';
import { STORE } from '../src/testing/world';
import { expect, test } from './serve';
import { open, PAGES } from './pages';
import { expectAccessible, expectFits } from './rules';

// In two halves: beside each other they take half as long.
for (const half of [0, 1]) {
  test(`no page breaks a rule of WCAG 2.2 A or AA, ${half + 1} of 2`, async ({ page }) => {
    for (const path of PAGES.filter((_, at) => at % 2 === half)) {
      await open(page, path);
      await expectAccessible(page, path);
    }
  });
}

test('nor do sign in, dialogs, menus, empty, failed and cut-off pages', async ({ page, site }) => {
  site.hub.signedIn = false;
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expectAccessible(page, 'sign in, with a complaint');
  site.hub.signedIn = true;

  await open(page, '/');
  await page.getByRole('button', { name: /How “Sales today”/ }).click();
  await expectAccessible(page, 'formula popover');
  await page.keyboard.press('Escape');
  for (const menu of ['Theme', 'Account', 'Language', 'Scope: All stores']) {
    await page.getByRole('button', { name: menu, exact: true }).click();
    await expectAccessible(page, `${menu} menu`);
    await page.keyboard.press('Escape');
  }

  await open(page, `/stores/${STORE.fore}/live`);
  await page.getByRole('button', { name: 'Receipt 48280, show lines' }).click();
  await expect(page.getByRole('dialog').getByText('Total')).toBeVisible();
  await expectAccessible(page, 'receipt');
  await open(page, `/stores/${STORE.fore}/sales`);
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expectAccessible(page, 'chart as a table');
  await open(page, '/stores');
  await page.getByRole('button', { name: 'Add a store' }).click();
  await expectAccessible(page, 'add a store');
  await open(page, `/stores/${STORE.kirkgate}/sync`);
  await page.getByRole('button', { name: 'Connect a device' }).click();
  await page.getByRole('button', { name: 'Make token' }).click();
  await expect(page.getByText(/vyavs-edge enrol/)).toBeVisible();
  await expectAccessible(page, 'token');

  site.hub.faults.set('/stores', { status: 503, title: 'Too busy', detail: 'the hub is too busy to answer this now' });
  site.hub.faults.set('/kpis', { status: 403, title: 'Not allowed' });
  await page.goto('/stores');
  await expect(page.locator('[data-state="error"]')).toBeVisible();
  await expectAccessible(page, 'failed list');
  await page.goto('/');
  await expect(page.locator('[data-state="forbidden"]')).toBeVisible();
  await expectAccessible(page, 'forbidden figures');
  site.hub.faults.clear();
  await open(page, '/stores?q=nowhere');
  await expectAccessible(page, 'no match');
  site.hub.faults.set('/stream', 'cut');
  site.hub.cutStreams();
  await expect(page.getByTestId('link-banner')).toBeVisible();
  await expectAccessible(page, 'cut off');
  site.hub.faults.clear();
  site.hub.world.stores.splice(0);
  await open(page, '/');
  await expectAccessible(page, 'no store yet');
});

test('the rules are really asked: a page without a name for its button fails them', async ({ page }) => {
  await open(page, '/stores');
  await page.evaluate(() => document.getElementById('content')?.append(document.createElement('button')));
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => violation.id)).toContain('button-name');
});

for (const language of ['en', 'en-XA', 'ar-XB']) {
  test(`every page fits a phone of 360 × 640 and can be pressed with a thumb, ${language}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ baseURL, viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, locale: 'en-GB' });
    const page = await context.newPage();
    for (const path of PAGES) {
      await open(page, `${path}?lng=${language}`);
      await expectFits(page, path);
    }
    expect(await page.locator('html').getAttribute('dir')).toBe(language === 'ar-XB' ? 'rtl' : 'ltr');
    await context.close();
  });
}

test('on a phone the navigation opens, leads on and closes', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/');
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await expectAccessible(page, 'open navigation');
  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Stores' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Close navigation' })).toBeHidden();
});

// How fast is measured by budget.spec.ts on a quiet machine; here others may build beside us.
test('a sale appears on top of the live receipts, without a reload', async ({ page, site }) => {
  await open(page, `/stores/${STORE.fore}/live`);
  for (let sale = 0; sale < 3; sale++) {
    const receipt = site.hub.sell(STORE.fore);
    const first = page.getByTestId('receipts').getByRole('row').first();
    await expect(first).toHaveAttribute('data-receipt', receipt.number);
  }
});

test('a cut of the stream: told, nothing blanked, nothing missed, nothing twice', async ({ page, site }) => {
  await open(page, `/stores/${STORE.fore}/live`);
  site.hub.sell(STORE.fore);
  await expect(page.locator('[data-receipt]')).toHaveCount(14);
  const shown = await page.locator('[data-kpi="sales_today"] [data-kpi-value]').textContent();

  site.hub.faults.set('/stream', 'cut');
  site.hub.cutStreams();
  const banner = page.getByTestId('link-banner');
  await expect(banner).toBeVisible();
  await expect(page.locator('[data-link="offline"]')).toBeVisible();
  await expect(page.locator('[data-freshness="offline"]').first()).toBeVisible();
  expect(await page.locator('[data-kpi="sales_today"] [data-kpi-value]').textContent()).toBe(shown);
  expect(await page.locator('[data-receipt]').count()).toBe(14);

  const missed = [site.hub.sell(STORE.fore), site.hub.sell(STORE.fore), site.hub.sell(STORE.fore)];
  // The browser believes it is online all along: only an answer of the hub counts.
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(banner).toBeVisible();
  site.hub.faults.clear();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expect(banner).toBeHidden();
  await expect(page.locator('[data-link="live"]')).toBeVisible();
  for (const receipt of missed) await expect(page.locator(`[data-receipt="${receipt.number}"]`)).toHaveCount(1);
  expect(site.hub.resumed[site.hub.resumed.length - 1]).toMatch(/^fake-\d+$/);
});

test('a gap in the stream makes the page ask again', async ({ page, site }) => {
  await open(page, '/');
  const before = site.hub.log.length;
  site.hub.emit('gap', {});
  await expect.poll(() => site.hub.log.slice(before).filter((line) => /GET \/(kpis|stores|alarms|devices|sales)/.test(line)).length).toBeGreaterThanOrEqual(5);
});

test('Back restores the list as it was', async ({ page }) => {
  await open(page, '/stores');
  await page.getByRole('button', { name: 'Sales today' }).click();
  await page.getByRole('button', { name: 'Sales today' }).click();
  await page.getByLabel('Search by name or city').fill('r');
  await expect(page.locator('[data-store]')).toHaveCount(4);
  await page.getByLabel('Search by name or city').fill('ri');
  await expect(page.locator('[data-store]')).toHaveCount(1);
  await page.getByRole('link', { name: 'Harbourside' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Harbourside' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('Search by name or city')).toHaveValue('ri');
  await expect(page.locator('[data-store]')).toHaveCount(1);
  expect(new URL(page.url()).search).toBe('?q=ri&sort=sales%3Adesc');
});

test('by keyboard alone: from the queue to the alarm, along a chart, into a receipt and back', async ({ page }) => {
  await open(page, '/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  const alarm = page.getByTestId('do-now').getByRole('link').first();
  await alarm.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Fore Street' })).toBeFocused();
  await page.getByRole('link', { name: 'Sales', exact: true }).focus();
  await page.keyboard.press('Enter');
  const cursor = page.getByRole('slider', { name: /Sales by hour/ });
  await cursor.focus();
  const last = await cursor.getAttribute('aria-valuetext');
  await page.keyboard.press('ArrowLeft');
  await expect(cursor).not.toHaveAttribute('aria-valuetext', last ?? '');
  const receipt = page.getByRole('button', { name: 'Receipt 48280, show lines' });
  await receipt.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(receipt).toBeFocused();
});

test('wherever Tab leads, the focus is seen', async ({ page }) => {
  for (const path of PAGES) {
    await open(page, path);
    const unseen = new Set<string>();
    for (let stop = 0; stop < 40; stop++) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        // A field shows its focus by its frame.
        if (!element || element === document.body || element.matches('input, textarea, [role="combobox"]')) return null;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? element.outerHTML.slice(0, 160) : null;
      });
      if (found) unseen.add(found);
    }
    expect([...unseen], path).toEqual([]);
  }
});

test('the theme is remembered, and follows the system until one is chosen', async ({ page }) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, '/');
  const dark = await paper();
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'Light' }).click();
  await expect.poll(paper).not.toBe(dark);
  await page.reload();
  await expect(page.locator('[data-link="live"]')).toBeVisible();
  expect(await paper()).not.toBe(dark);
});

test('sign in and out', async ({ page, site }) => {
  site.hub.signedIn = false;
  await page.goto(`/stores/${STORE.fore}/sync`);
  await page.getByLabel('E-mail').fill('maya@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Fore Street' })).toBeVisible();
  await expect.poll(() => site.hub.openStreams).toBe(1);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect.poll(() => site.hub.openStreams).toBe(0);
});

test('an address of another site is not followed after sign in', async ({ page, site }) => {
  site.hub.signedIn = false;
  await page.goto('/login?next=//evil.example/x');
  await page.getByLabel('E-mail').fill('maya@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});

test('a chunk that an upgrade took away: one reload and a notice, no white page', async ({ page }) => {
  await open(page, '/');
  let gone = true;
  await page.route('**/assets/StoresPage-*.js', (route) => (gone ? route.fulfill({ status: 404 }) : route.continue()));
  // The next document is the new version's, and so are the chunks it asks for.
  page.on('request', (request) => {
    if (request.isNavigationRequest()) gone = false;
  });
  await page.getByRole('link', { name: 'Stores', exact: true }).first().click();
  await expect(page.getByText('VyavsAI was upgraded. This is the new version.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Stores' })).toBeVisible();
});

test('at 200 % zoom and at 400 % reflow nothing is cut off', async ({ page }) => {
  for (const width of [680, 340]) {
    await page.setViewportSize({ width, height: 430 });
    for (const path of PAGES) {
      await open(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
  }
});
