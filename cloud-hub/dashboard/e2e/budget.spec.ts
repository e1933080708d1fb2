import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { resolve } from 'node:path';
import { build, preview } from 'vite';
import type { Stores } from '../src/api/generated';

/**
 * What a person waits for, on a real hub with live trade (the demo): VYAVS_URL, VYAVS_EMAIL, VYAVS_PASSWORD; a chart of many
 * points needs none. Prints a table and fails over a budget, so it wants a machine that does nothing else.
 */
const { VYAVS_URL = '', VYAVS_EMAIL = '', VYAVS_PASSWORD = '' } = process.env;
const NO_HUB = 'VYAVS_URL is not set: no hub to speak to';

/** The chart's are those for a browser that draws in software, as one without a graphics card does. */
const BUDGET = { desktop: 800, mobile: 2_500, shift: 0.05, interaction: 200, live: 1_000, chart: { first: 250, update: 100 } };
const ROUNDS = 5;
/** 1.6 Mbit/s and 150 ms, as Lighthouse has it. */
const SLOW = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (0.75 * 1024 * 1024) / 8 };

const rows: [string, string, string][] = [];
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

test.afterAll(() => {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, measured, budget] of rows) console.log(`${name.padEnd(width)}  ${measured.padStart(12)}  of ${budget}`);
});

function note(name: string, value: number, budget: number, unit: string): void {
  const text = (number: number) => (unit === 'ms' ? `${Math.round(number)} ms` : number.toFixed(3));
  rows.push([name, text(value), text(budget)]);
  expect.soft(value, name).toBeLessThanOrEqual(budget);
}

/** One sign-in for all: the hub slows down who tries many. */
let session: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

/** A browser that is signed in, with an empty cache. */
async function signedIn(browser: Browser, mobile: boolean): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: VYAVS_URL,
    storageState: session,
    viewport: mobile ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    isMobile: mobile,
    hasTouch: mobile,
  });
  if (!session) {
    const answer = await context.request.post('/api/v1/auth/login', { data: { email: VYAVS_EMAIL, password: VYAVS_PASSWORD } });
    expect(answer.status()).toBe(200);
    session = await context.storageState();
  }
  await context.addInitScript(() => {
    // As the page leaves it behind in the browser of somebody who is signed in.
    localStorage.setItem('vyavs.session', '1');
    const seen = { lcp: 0, shift: 0, events: [] as number[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.lcp = entry.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) if (!entry.hadRecentInput) seen.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { interactionId: number; duration: number }[]) if (entry.interactionId) seen.events.push(entry.duration);
    }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
  });
  return context;
}

interface Seen {
  lcp: number;
  shift: number;
  events: number[];
}
const seen = (page: Page) => page.evaluate(() => (window as unknown as { seen: Seen }).seen);

async function settled(page: Page): Promise<void> {
  await expect(page.locator('[data-link="live"]')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0, { timeout: 30_000 });
  await page.waitForTimeout(800);
}

async function trading(page: Page): Promise<string> {
  const { stores } = (await (await page.request.get('/api/v1/stores')).json()) as Stores;
  const sold = stores.filter((store) => store.metrics.status === 'live').sort((a, b) => (b.metrics.last_sale_at ?? '').localeCompare(a.metrics.last_sale_at ?? ''));
  return sold[0]?.id ?? '';
}

for (const [profile, mobile, budget] of [['desktop', false, BUDGET.desktop], ['mobile, 4 × slower, 1.6 Mbit/s', true, BUDGET.mobile]] as const) {
  test(`largest paint and shift, ${profile}`, async ({ browser }) => {
    test.skip(!VYAVS_URL, NO_HUB);
    test.setTimeout(240_000);
    const probe = await signedIn(browser, mobile);
    const store = await trading(await probe.newPage());
    await probe.close();
    for (const [name, path] of [['overview', '/'], ['stores', '/stores'], ['store, live', `/stores/${store}/live`]] as const) {
      const paints: number[] = [];
      const shifts: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // A new context each: nothing is cached.
        const context = await signedIn(browser, mobile);
        const page = await context.newPage();
        if (mobile) {
          const session = await context.newCDPSession(page);
          await session.send('Network.enable');
          await session.send('Network.emulateNetworkConditions', SLOW);
          await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        }
        await page.goto(path);
        await settled(page);
        const { lcp, shift } = await seen(page);
        paints.push(lcp);
        shifts.push(shift);
        await context.close();
      }
      note(`LCP ${name}, ${profile}`, median(paints), budget, 'ms');
      note(`CLS ${name}, ${profile}`, median(shifts), BUDGET.shift, '');
    }
  });
}

test('interactions', async ({ browser }) => {
  test.skip(!VYAVS_URL, NO_HUB);
  test.setTimeout(120_000);
  const context = await signedIn(browser, false);
  const page = await context.newPage();
  await page.goto('/');
  await settled(page);
  const store = await trading(page);
  const worst = async (name: string, act: () => Promise<unknown>) => {
    await page.evaluate(() => { (window as unknown as { seen: Seen }).seen.events.length = 0; });
    await act();
    await page.waitForTimeout(400);
    // What took no frame's time is not reported.
    note(`INP ${name}`, Math.max(16, ...(await seen(page)).events), BUDGET.interaction, 'ms');
  };
  await worst('formula of a figure', () => page.getByRole('button', { name: /How “Receipts today”/ }).click());
  await page.keyboard.press('Escape');
  await worst('overview → stores', () => page.getByRole('link', { name: 'Stores', exact: true }).first().click());
  await worst('search a store', () => page.getByLabel('Search by name or city').pressSequentially('street'));
  await page.goto(`/stores/${store}/live`);
  await settled(page);
  await worst('open a receipt', () => page.getByTestId('receipts').getByRole('button').first().click());
  await page.keyboard.press('Escape');
  await worst('live → sensors', () => page.getByRole('link', { name: 'Sensors', exact: true }).click());
  await settled(page);
  await worst('sensors: 7 days', () => page.getByRole('button', { name: '7 days' }).click());
  await worst('along a chart by key', async () => {
    await page.getByRole('slider').first().focus();
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowLeft');
  });
  await worst('theme', async () => {
    await page.getByRole('button', { name: 'Theme' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  });
  await context.close();
});

test('from the hub’s event to the pixels', async ({ browser }) => {
  test.skip(!VYAVS_URL, NO_HUB);
  test.setTimeout(300_000);
  const context = await signedIn(browser, false);
  const page = await context.newPage();
  await page.goto('/');
  const store = await trading(page);
  await page.goto(`/stores/${store}/live`);
  await settled(page);
  const waits = await page.evaluate(async (id) => {
    const shown = new Map<string, number>();
    const rows = document.querySelector('[data-testid="receipts"]');
    if (!rows) throw new Error('no receipts are shown');
    const look = () => {
      for (const row of rows.querySelectorAll('[data-receipt]')) {
        const number = row.getAttribute('data-receipt') ?? '';
        if (!shown.has(number)) requestAnimationFrame(() => shown.set(number, performance.now()));
      }
    };
    new MutationObserver(look).observe(rows, { childList: true, subtree: true });
    // A second listener says when the event was there to be shown.
    const source = new EventSource(`/api/v1/stream?topics=sales&store_id=${id}`);
    const heard = new Map<string, number>();
    source.addEventListener('sale', (event) => {
      const number = (JSON.parse(event.data) as { receipt?: { number: string } }).receipt?.number;
      if (number && !heard.has(number)) heard.set(number, performance.now());
    });
    const until = performance.now() + 240_000;
    while (performance.now() < until && [...heard.keys()].filter((number) => shown.has(number)).length < 3) await new Promise((go) => setTimeout(go, 200));
    source.close();
    return [...heard].flatMap(([number, at]) => (shown.has(number) ? [Math.max(0, (shown.get(number) as number) - at)] : []));
  }, store);
  expect(waits.length).toBeGreaterThan(0);
  note(`SSE event → pixels, slowest of ${waits.length}`, Math.max(...waits), BUDGET.live, 'ms');
  await context.close();
});

test('a chart of 100,000 points', async ({ page }) => {
  test.setTimeout(120_000);
  const outDir = test.info().outputPath('chart');
  // Built as the dashboard is, so that what is timed is what people are served.
  await build({ root: resolve(import.meta.dirname, 'chart'), configFile: false, plugins: [react()], logLevel: 'warn', build: { outDir, emptyOutDir: true, target: 'es2022' } });
  const server = await preview({ root: outDir, configFile: false, logLevel: 'warn', build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
  try {
    const [first, updates]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      const seen = await page.evaluate((count) => (window as unknown as { measure: (count: number) => Promise<{ first: number; updates: number[] }> }).measure(count), 5);
      expect(seen.updates).toHaveLength(5);
      first.push(seen.first);
      updates.push(...seen.updates);
    }
    // Something was drawn: a canvas without a mark would be the fastest.
    const inked = await page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0));
    expect(inked).toBe(true);
    note('100,000 points, first', median(first), BUDGET.chart.first, 'ms');
    note('100,000 points, update', median(updates), BUDGET.chart.update, 'ms');
  } finally {
    await server.close();
  }
});
