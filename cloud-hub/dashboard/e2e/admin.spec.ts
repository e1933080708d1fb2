import { ROUTES } from '../src/testing/fakeRouting';
import { PROVIDERS } from '../src/testing/fakeAccess';
import { PASSWORD } from '../src/testing/fakeOffice';
import { open } from './pages';
import { expectAccessible, expectFits } from './rules';
import { expect, test } from './serve';

/** Administration, the second half: who is told, other ways in, machine clients, the outbox, health. */
test('no dialog of routes, services, clients and outbox breaks a rule of WCAG 2.2 A or AA', async ({ page, site }) => {
  const dialog = page.getByRole('dialog');
  const leave = async () => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  await open(page, '/admin/routes');
  await expect(page.getByText(/Critical alerts by the rule Fridge too warm/)).toBeVisible();
  await expectAccessible(page, 'routes');
  await page.getByRole('button', { name: 'Add a route' }).click();
  await dialog.getByRole('button', { name: 'Add a step for when nobody answers' }).click();
  await dialog.getByRole('checkbox', { name: 'Quiet hours' }).check();
  await dialog.getByRole('button', { name: 'Add a route' }).click();
  await expectAccessible(page, 'a route to be, with complaints');
  await dialog.getByRole('combobox', { name: /Who/ }).first().click();
  await expect(page.getByRole('option', { name: 'Owner (role)' })).toBeVisible();
  await expectAccessible(page, 'who is told, to choose from');
  await page.keyboard.press('Escape');
  await leave();
  await page.getByRole('button', { name: 'Change Cold chain, day and night' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Cold chain');
  site.hub.routing.meddle(ROUTES.cold, { name: 'Cold' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[data-state="conflict"]')).toBeVisible();
  await expectAccessible(page, 'conflict over a route');
  await leave();

  await open(page, '/admin/providers');
  await page.getByRole('button', { name: 'Redirect address of Entra ID' }).click();
  await expectAccessible(page, 'redirect address');
  await leave();
  await page.getByRole('button', { name: 'Add a service' }).click();
  await dialog.getByRole('button', { name: 'Add a service' }).click();
  await expectAccessible(page, 'a service to be, with complaints');
  await leave();
  await page.getByRole('button', { name: 'Change Okta' }).click();
  await expect(dialog.getByRole('combobox', { name: /What newcomers are/ })).toBeVisible();
  await expectAccessible(page, 'a service');
  await leave();
  await page.getByRole('button', { name: 'Delete Okta' }).click();
  await expectAccessible(page, 'delete a service');

  await open(page, '/admin/clients');
  await page.getByRole('button', { name: 'Make a client' }).click();
  await dialog.getByRole('textbox', { name: /What it is for/ }).fill('Planner');
  await dialog.getByRole('checkbox', { name: /sales\.read/ }).check();
  await dialog.getByRole('button', { name: 'Make client' }).click();
  await expect(page.getByRole('region', { name: 'Client secret' })).toBeVisible();
  await expectAccessible(page, 'the secret of a client');

  site.hub.routing.mailServer = false;
  await open(page, '/admin/mails?state=failed');
  await expectAccessible(page, 'the outbox without a mail server');
  site.hub.access.health.outside = [];
  await open(page, '/admin/system');
  await expectAccessible(page, 'health, with nothing outside');
  await open(page, '/?sso=refused');
  await expect(page.locator('[data-sso="refused"]')).toBeVisible();
  await expectAccessible(page, 'back from a service that refused');
});

test('by keyboard alone: a route is written and read back', async ({ page, site }) => {
  await open(page, '/admin/routes');
  const add = page.getByRole('button', { name: 'Add a route' });
  await add.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Add a route' });
  await expect(dialog.getByRole('textbox', { name: /Name/ })).toBeFocused();
  await page.keyboard.type('Losses');
  await dialog.getByRole('combobox', { name: /Who/ }).focus();
  await page.keyboard.type('loss');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('checkbox', { name: 'By mail' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(dialog.getByRole('status', { name: 'In words' })).toContainText('Warnings and critical alerts → Loss prevention in the dashboard and by mail, at once.');
  await dialog.getByRole('textbox', { name: /Name/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Losses is added')).toBeVisible();
  await expect(add).toBeFocused();
  expect(site.hub.routing.routes.at(-1)?.route.steps[0]?.to).toEqual([
    { channel: 'in_app', role: 'loss_prevention' },
    { channel: 'mail', role: 'loss_prevention' },
  ]);
});

test('a sign-in service is added with a fresh factor, and its redirect address is copied to be pasted there', async ({ page, site, context, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: baseURL });
  site.hub.office.fresh = false;
  await open(page, '/admin/providers');
  await page.getByRole('button', { name: 'Add a service' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a service' });
  await dialog.getByRole('textbox', { name: /^Name/ }).fill('Keycloak');
  await dialog.getByRole('textbox', { name: /Issuer/ }).fill('https://id.example/realms/a');
  await dialog.getByRole('textbox', { name: /Client id/ }).fill('hub');
  await dialog.getByLabel(/Client secret/).fill('hush-hush');
  await dialog.getByRole('button', { name: 'Add a service' }).click();
  await page.getByRole('dialog', { name: 'Confirm that it is you' }).getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const made = page.getByRole('dialog', { name: /Keycloak is added/ });
  await made.getByRole('button', { name: 'Copy' }).click();
  await expect(made.getByRole('button', { name: 'Copied' })).toBeVisible();
  const id = site.hub.access.providers.find((each) => each.name === 'Keycloak')?.id;
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`https://hub.example/api/v1/auth/oidc/${id}/callback`);
});

test('an account is linked: to the service and back', async ({ page, site }) => {
  site.hub.office.user = { ...site.hub.office.user, email: 'maya@shop.example' };
  await open(page, '/account');
  await page.getByRole('button', { name: 'Link your account at Entra ID', exact: true }).click();
  await expect(page.getByText('Your account at Entra ID is linked')).toBeVisible();
  expect(site.hub.access.links.map(([, provider]) => provider)).toEqual([PROVIDERS.entra]);
  site.hub.access.fails = 'denied';
  await page.getByRole('button', { name: 'Link your account at Entra ID', exact: true }).click();
  await expect(page.locator('[data-sso="denied"]')).toBeVisible();
});

test('sections are found by group, by address and by name', async ({ page }) => {
  await open(page, '/admin');
  await page.getByRole('link', { name: 'Messages' }).click();
  await expect(page).toHaveURL(/\/admin\/routes$/);
  await page.getByRole('link', { name: 'Mail outbox' }).click();
  await expect(page.getByText('Your invitation to Corner & Co.')).toBeVisible();
  await page.getByRole('button', { name: 'Given up' }).click();
  await expect(page).toHaveURL(/state=failed/);
  await page.reload();
  await expect(page.locator('[data-row]')).toHaveCount(1);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option', { name: /Kirkgate/ })).toBeVisible();
  await page.keyboard.type('machine cli');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Revoke Data warehouse' })).toBeVisible();
});

test('routes, services, clients, outbox and health fit a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const path of ['/admin/routes', '/admin/providers', '/admin/clients', '/admin/mails', '/admin/system', '/account']) {
    await open(page, path);
    await expectFits(page, path);
  }
  await open(page, `/admin/routes?route=${ROUTES.cold}`);
  await expect(page.getByRole('status', { name: 'In words' })).toBeVisible();
  await expectFits(page, 'a route');
  await open(page, '/admin/providers');
  await page.getByRole('button', { name: 'Change Okta' }).click();
  await expect(page.getByRole('combobox', { name: /What newcomers are/ })).toBeVisible();
  await expectFits(page, 'a service');
});
