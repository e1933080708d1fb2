import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { PEOPLE } from './fakeOffice';
import { ROUTES } from './fakeRouting';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const route = (id: string) => here.hub.routing.routes.find((each) => each.id === id);

test('every route is read back in words', async () => {
  renderApp('/admin/routes');
  expect(
    await screen.findByText(
      'Critical alerts by the rule Fridge too warm of Fore Street and Harbourside → Store manager in the dashboard and by mail and the webhook Pager, at once; after 15 min unacknowledged → Ana Silva by mail; after 1 hr 30 min unacknowledged → Owner by mail. The first are also told when it is over.',
    ),
  ).toBeVisible();
  expect(screen.getByText(/^Warnings and critical alerts tagged fraud → Loss prevention by mail, at once\. Quiet from 22:00 to 07:00/)).toBeVisible();
}, 40_000);

test('a route is written, says what is missing, and reads back while it is written', async () => {
  renderApp('/admin/routes?route=new');
  const form = await dialog('Add a route');
  await userEvent.click(form.getByRole('button', { name: 'Add a route' }));
  expect(form.getByText('Give the route a name.')).toBeVisible();
  expect(form.getByText('Choose who is told, and how.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /Name/ }), 'Nights');
  await userEvent.click(form.getByRole('combobox', { name: /Who/ }));
  await userEvent.click(await screen.findByRole('option', { name: 'Loss prevention (role)' }));
  await userEvent.click(form.getByRole('checkbox', { name: 'In the dashboard' }));
  await userEvent.click(form.getByRole('checkbox', { name: 'By mail' }));
  await userEvent.click(form.getByRole('button', { name: 'Add a step for when nobody answers' }));
  const second = within(form.getByRole('group', { name: 'Step 2' }));
  await userEvent.type(second.getByRole('combobox', { name: /Who/ }), 'Maya');
  await userEvent.click(await screen.findByRole('option', { name: 'you' }).catch(() => screen.findByRole('option', { name: /Maya/ })));
  await userEvent.clear(second.getByRole('spinbutton'));
  await userEvent.click(form.getByRole('button', { name: 'Add a route' }));
  expect(second.getByText(/More than the step before/)).toBeVisible();
  await userEvent.type(second.getByRole('spinbutton'), '20');
  await userEvent.click(form.getByRole('checkbox', { name: 'Quiet hours' }));
  expect(form.getByText(/By the clock on the wall of each store \(Europe\/London\)/)).toBeVisible();
  expect(form.getByRole('status', { name: 'In words' })).toHaveTextContent('Warnings and critical alerts → Loss prevention by mail, at once; after 20 min unacknowledged → you in the dashboard. Quiet from 22:00');
  await userEvent.click(form.getByRole('button', { name: 'Add a route' }));
  expect(await screen.findByText(/Nights is added/)).toBeVisible();
  expect(here.hub.routing.routes.at(-1)?.route).toEqual({
    name: 'Nights',
    enabled: true,
    of: { severity: 'warning', rules: [], stores: [], tags: [] },
    steps: [
      { after: 'PT0S', to: [{ channel: 'mail', role: 'loss_prevention' }] },
      { after: 'PT20M', to: [{ channel: 'in_app', user_id: PEOPLE.maya }] },
    ],
    quiet: { from: '22:00', to: '07:00', critical_passes: true },
    tell_resolved: false,
  });
}, 90_000);

test('two change one route: both versions are shown, and only what was meant is written over', async () => {
  renderApp(`/admin/routes?route=${ROUTES.loss}`);
  const form = await dialog('Change Refunds to loss prevention');
  const name = form.getByRole('textbox', { name: /Name/ });
  await userEvent.clear(name);
  await userEvent.type(name, 'Refunds');
  here.hub.routing.meddle(ROUTES.loss, { name: 'Refunds, checked', of: { severity: 'critical', rules: [], stores: [STORE.fore], tags: [] } });
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByRole('row', { name: 'Name Refunds, checked Refunds' })).toBeVisible();
  expect(form.queryByRole('row', { name: /Which alerts/ })).toBeNull();
  await userEvent.click(form.getByRole('button', { name: 'Save mine over it' }));
  expect(await screen.findByText(/Refunds was changed/)).toBeVisible();
  expect(route(ROUTES.loss)?.route).toMatchObject({ name: 'Refunds', of: { severity: 'critical', stores: [STORE.fore] } });
}, 60_000);

test('a route is switched on, and deleted after a question', async () => {
  renderApp('/admin/routes');
  await userEvent.click(await screen.findByRole('button', { name: 'Switch Refunds to loss prevention on' }));
  expect(await screen.findByText(/is on: alerts from now on/)).toBeVisible();
  expect(route(ROUTES.loss)?.route.enabled).toBe(true);
  await userEvent.click(screen.getByRole('button', { name: 'Delete Refunds to loss prevention' }));
  await userEvent.click((await dialog(/Delete Refunds/)).getByRole('button', { name: 'Delete' }));
  expect(await screen.findByText(/is deleted. What was planned/)).toBeVisible();
  expect(route(ROUTES.loss)).toBeUndefined();
}, 40_000);

test('who reaches some stores only names theirs, and who may not see people can tell roles and themselves', async () => {
  here.hub.office.become('loss_prevention');
  here.hub.office.user = { ...here.hub.office.user, all_stores: false, store_ids: [STORE.fore] };
  renderApp('/admin/routes?route=new');
  const form = await dialog('Add a route');
  await userEvent.click(form.getByRole('button', { name: 'Add a route' }));
  expect(form.getByText(/you do not reach all/)).toBeVisible();
  await userEvent.click(form.getByRole('combobox', { name: /Who/ }));
  const options = (await screen.findAllByRole('option')).map((option) => option.textContent);
  expect(options).toContain('Owner (role)');
  expect(options).toContain('you');
  expect(options.join()).not.toMatch(/Ana Silva|webhook/);
}, 40_000);

test('the outbox: why a mail was given up, and it is tried again', async () => {
  renderApp('/admin/mails?state=failed');
  const row = await screen.findByRole('row', { name: /Your invitation/ });
  expect(row).toHaveTextContent(/tom@exmaple\.com.*Given up.*9 attempts.*550 no such domain/);
  await userEvent.click(within(row).getByRole('button', { name: /Try “Your invitation.*again/ }));
  expect(await screen.findByText('No mail is in this state')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Waiting' }));
  expect(await screen.findByRole('row', { name: /Your invitation/ })).toHaveTextContent(/Waiting.*next attempt/);
  expect(screen.queryByText(/has no mail server/)).toBeNull();
}, 40_000);

test('the outbox says when it waits for a mail server that there is none; what was wiped is not tried', async () => {
  here.hub.routing.mailServer = false;
  here.hub.faults.set(`/mails/${here.hub.routing.mails[1]?.id}/retry`, { status: 409, title: 'Not possible now', detail: 'this mail was sent, or what it said was wiped; invite again instead' });
  renderApp('/admin/mails');
  expect(await screen.findByText(/This hub has no mail server/)).toBeVisible();
  await userEvent.click(await screen.findByRole('button', { name: /Try “Your invitation.*again/ }));
  expect(await screen.findByText(/invite again instead/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Show older mails' }));
  expect(await screen.findByText('Brief of day 1')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Show older mails' })).toBeNull();
}, 40_000);
