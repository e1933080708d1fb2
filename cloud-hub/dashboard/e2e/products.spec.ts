import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';

/** The catalog: looked through, opened, and kept to the rules. */
test('the catalog and a product keep the rules of WCAG 2.2 A and AA', async ({ page }) => {
  await open(page, '/products');
  await page.getByRole('button', { name: 'Details of Bananas, loose, kg' }).click();
  await expect(page.getByText('To be ordered')).toBeVisible();
  await expect(page.getByText('To come')).toBeVisible();
  await expectAccessible(page, 'a product');
  await open(page, '/products?q=nothing');
  await expectAccessible(page, 'no product matches');
  await open(page, '/products');
  await expectAccessible(page, 'catalog');
});

test('by keyboard alone: find a product, look at it, and be back where one was', async ({ page }) => {
  await open(page, '/products');
  await page.getByLabel('Search by name, SKU or barcode').focus();
  await page.keyboard.type('banan');
  await expect(page.locator('[data-row]')).toHaveCount(1);
  await expect.poll(() => new URL(page.url()).search).toBe('?q=banan');
  const details = page.getByRole('button', { name: 'Details of Bananas, loose, kg' });
  await details.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Bananas, loose, kg' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(details).toBeFocused();
});

test('a product fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, '/products');
  await expectFits(page, 'catalog');
  await page.getByRole('button', { name: 'Details of Bananas, loose, kg' }).click();
  await expect(page.getByText('To be ordered')).toBeVisible();
  await expectFits(page, 'a product');
});
