import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What a theme alone can break; every other rule reads the same page in both. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * Zero violations of every rule in the light theme, and of those of colour in the dark one; each is named with the first
 * element it was found on. The page changes its theme where it stands: what is open stays open.
 */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveCSS('color-scheme', colorScheme);
    // Menus and dialogs fade in: half-faded text would fail on contrast. What turns for ever (a skeleton's wave) is not waited for.
    await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running' || each.effect?.getComputedTiming().endTime === Infinity));
    // A menu, or a field's list, hangs from the body, as it must to lie above everything; landmarks are for pages, not for these.
    const menu = (await page.locator('[role="menu"], [role="listbox"]').count()) > 0;
    const axe = new AxeBuilder({ page });
    const { violations } = await (colorScheme === 'dark' ? axe.withRules(COLOURS) : axe.withTags(TAGS).disableRules(menu ? ['region'] : [])).analyze();
    const named = violations.map((violation) => {
      const [node] = violation.nodes;
      return `${violation.id} (${violation.nodes.length}×): ${violation.help}: ${node?.html.slice(0, 200)}`;
    });
    expect(named, `${where}, ${colorScheme}`).toEqual([]);
  }
}

/** No sideways scrolling of the page or a dialog, and nothing to press that is smaller than a thumb (links inside a text aside). */
export async function expectFits(page: Page, where: string): Promise<void> {
  // What was laid out for another width is laid out anew a frame later.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect.poll(beyond, `${where}: width`).toBeLessThanOrEqual(0);
  // A dialog scrolls by itself: what sticks out of it, the page does not notice.
  const cut = await page.locator('.MuiDialogContent-root, .MuiDrawer-paper').evaluateAll((all) => all.map((each) => each.scrollWidth - each.clientWidth).filter((over) => over > 0));
  expect(cut, `${where}: width of the dialog`).toEqual([]);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a[href], [role="button"], [role="slider"], input:not([type="hidden"])')].flatMap((element) => {
      const target = element.closest('label, li[data-store], .MuiInputBase-root') ?? element;
      const box = target.getBoundingClientRect();
      const seen = box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden';
      const skip = element.matches('a[href="#content"]') || element.getAttribute('aria-hidden') === 'true';
      return seen && !skip && (box.width < 43.5 || box.height < 43.5) ? [`${Math.round(box.width)}×${Math.round(box.height)} ${element.outerHTML.slice(0, 120)}`] : [];
    }),
  );
  expect(small, `${where}: targets`).toEqual([]);
}

/** In both themes nobody is shut out, and on a phone nothing sticks out: what a dialog holds stays while the page changes around it. */
export async function expectSound(page: Page, where: string): Promise<void> {
  const wide = page.viewportSize();
  await expectAccessible(page, where);
  await page.setViewportSize({ width: 360, height: 640 });
  await expectFits(page, where);
  if (wide) await page.setViewportSize(wide);
}
