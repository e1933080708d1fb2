import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';

/** Before sign-in, the bell, passkeys, and what administration gained: the rules, and a passkey in a real browser. */
test('no part of entry, bell, webhooks, privacy and retention breaks a rule of WCAG 2.2 A or AA', async ({ page, site }) => {
  site.hub.signedIn = false;
  site.hub.office.link = { kind: 'invitation', token: 'vyl_good' };
  await page.goto('/invitation#vyl_good');
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  await expectAccessible(page, 'invitation, with complaints');
  await page.goto('/password-reset#vyl_old');
  await expect(page.getByText('The link does not work')).toBeVisible();
  await expectAccessible(page, 'a link that does not work');
  await page.goto('/forgot');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expectAccessible(page, 'forgotten, with a complaint');
  site.hub.signedIn = true;
  await open(page, '/account');
  await page.getByRole('button', { name: 'Notifications, 2 unread' }).click();
  await expect(page.getByText('Export ready')).toBeVisible();
  await expectAccessible(page, 'notifications');
  await open(page, '/admin/webhooks');
  await page.getByRole('button', { name: 'Deliveries of Pager' }).click();
  await expect(page.getByText('the receiver answered 500')).toBeVisible();
  await expectAccessible(page, 'deliveries');
  await open(page, '/admin/webhooks');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add a webhook' }).click();
  await expectAccessible(page, 'add a webhook, with complaints');
  await open(page, '/admin/privacy');
  await page.getByRole('button', { name: /^Open To be erased/ }).click();
  await expect(page.getByRole('button', { name: 'Erase for ever' })).toBeVisible();
  await expectAccessible(page, 'an erasure to confirm');
  await open(page, '/admin/retention');
  await page.getByRole('button', { name: 'Whose law holds' }).click();
  await expectAccessible(page, 'whose law holds');
});

test('entry, bell and administration fit a phone', async ({ page, site }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const path of ['/admin/webhooks', '/admin/privacy', '/admin/retention', '/account']) {
    await open(page, path);
    await expectFits(page, path);
  }
  await page.getByRole('button', { name: 'Notifications, 2 unread' }).click();
  await expect(page.getByText('Export ready')).toBeVisible();
  await expectFits(page, 'notifications');
  site.hub.signedIn = false;
  await page.goto('/forgot');
  await expectFits(page, 'forgotten');
});
