import { expect, type Page } from '@playwright/test';
import { CASES } from '../src/testing/fakeCases';
import { STORE } from '../src/testing/world';

/** Every page that is held to the rules of access, size and focus. */
export const PAGES = [
  '/',
  '/stores',
  '/products',
  '/sales',
  ...['live', 'sales', 'sensors', 'alarms'].map((tab) => `/stores/${STORE.fore}/${tab}`),
  `/stores/${STORE.kirkgate}/sync`,
  `/stores/${STORE.castle}/live`,
  ...['people', 'providers', 'keys', 'clients', 'webhooks', 'routes', 'mails', 'privacy', 'retention', 'system', 'audit', 'organization'].map((tab) => `/admin/${tab}`),
  '/alerts/inbox',
  '/alerts/rules',
  '/cases',
  `/cases/${CASES.refunds}`,
  ...['gallery', 'schedules', 'exports'].map((tab) => `/reports/${tab}`),
  '/jobs',
  '/account',
  '/no/such/page',
];

/** The page with everything it asked for. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('[data-link="live"]')).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
}
