import { readFileSync } from 'node:fs';
import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';

/** Reports, exports, schedules and jobs: journeys, and the rules in every dialog. */
test('no dialog of reports and jobs breaks a rule of WCAG 2.2 A or AA', async ({ page, site }) => {
  const dialog = page.getByRole('dialog');
  const leave = async () => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  await open(page, '/reports/gallery');
  await expectAccessible(page, 'reports');
  await page.getByRole('button', { name: 'Make report: Daily store brief' }).click();
  await expectAccessible(page, 'make a report');
  await leave();
  await open(page, '/reports/schedules');
  await expectAccessible(page, 'schedules');
  await page.getByRole('button', { name: 'Plan a report' }).click();
  await page.getByRole('button', { name: 'Plan report' }).click();
  await expectAccessible(page, 'plan a report, with a complaint');
  await leave();
  await page.getByRole('button', { name: 'Delete Brief at six' }).click();
  await expectAccessible(page, 'delete a schedule');
  await leave();
  await open(page, '/reports/exports');
  await expectAccessible(page, 'exports');
  await open(page, '/jobs');
  await expectAccessible(page, 'jobs');
  await page.getByRole('button', { name: 'Details of Export: Sales by day' }).click();
  await expect(dialog.getByText('Stalled')).toBeVisible();
  await expectAccessible(page, 'a stalled job');
  await leave();
  await page.getByRole('button', { name: 'Details of Daily store brief' }).first().click();
  await expect(dialog.getByText('Control totals').or(dialog.getByText('The file'))).toBeVisible();
  await expectAccessible(page, 'a job with a file');
  await leave();
  await open(page, '/jobs?state=queued&kind=export');
  await expectAccessible(page, 'no such job');
  site.hub.work.jobs.splice(0);
  await open(page, '/jobs');
  await expectAccessible(page, 'no job');
});

test('by keyboard alone: a report is made, outlives a reload, and its file is whole', async ({ page, site }) => {
  await open(page, '/reports/gallery');
  const make = page.getByRole('button', { name: 'Make report: Fridge log' });
  await make.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Fridge log' })).toBeVisible();
  await page.getByLabel('Business day').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => site.hub.work.jobs[0]?.kind).toBe('report');
  const job = site.hub.work.jobs[0];
  await page.goto(`/jobs?job=${job?.id}`);
  const dialog = page.getByRole('dialog', { name: 'Fridge log' });
  await expect(dialog.getByText('fridge_log-2026-11-20.pdf')).toBeVisible();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download Fridge log' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('fridge_log-2026-11-20.pdf');
  expect(readFileSync(await file.path(), 'utf8')).toContain('4011,1.25');
});

test('a filter of jobs is in the address, and Back leaves an open job', async ({ page }) => {
  await open(page, '/jobs');
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await expect(page.locator('[data-row]')).toHaveCount(1);
  await page.getByRole('button', { name: 'Details of Shrink and exceptions' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(new URL(page.url()).search).toBe('?state=failed');
});

test('reports and jobs fit a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const path of ['/reports/gallery', '/reports/schedules', '/reports/exports', '/jobs']) {
    await open(page, path);
    await expectFits(page, path);
  }
  await page.getByRole('button', { name: 'Details of Daily store brief' }).first().click();
  await expect(page.getByText('The file')).toBeVisible();
  await expectFits(page, 'a job with a file');
  await page.keyboard.press('Escape');
  await open(page, '/reports/schedules');
  await page.getByRole('button', { name: 'Plan a report' }).click();
  await expectFits(page, 'plan a report');
});
