import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { PROVIDERS } from './fakeAccess';
import { PASSWORD } from './fakeHub';
import { PEOPLE } from './fakeOffice';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const provider = (id: string) => here.hub.access.providers.find((each) => each.id === id);

test('a sign-in service is added; its redirect address is shown to be pasted there, its secret never again', async () => {
  const { store } = renderApp('/admin/providers');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a service' }));
  const form = await dialog('Add a service');
  await userEvent.click(form.getByRole('button', { name: 'Add a service' }));
  expect(form.getByText('Give the service a name.')).toBeVisible();
  expect(form.getByText('Enter the secret that the service gave.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /^Name/ }), 'Keycloak');
  await userEvent.type(form.getByRole('textbox', { name: /Issuer/ }), 'id.example/realms/a?x=1');
  await userEvent.type(form.getByRole('textbox', { name: /Client id/ }), 'hub');
  await userEvent.type(form.getByLabelText(/Client secret/), 'hush-hush');
  await userEvent.type(form.getByRole('textbox', { name: /Domains/ }), 'corner.example, no domain');
  await userEvent.click(form.getByRole('button', { name: 'Add a service' }));
  expect(form.getByText(/^no is no domain/)).toBeVisible();
  await userEvent.clear(form.getByRole('textbox', { name: /Domains/ }));
  await userEvent.type(form.getByRole('textbox', { name: /Domains/ }), 'Corner.example');
  await userEvent.click(form.getByRole('button', { name: 'Add a service' }));
  expect(await form.findByRole('alert')).toHaveTextContent('expected one that works');
  await userEvent.clear(form.getByRole('textbox', { name: /Issuer/ }));
  await userEvent.type(form.getByRole('textbox', { name: /Issuer/ }), 'https://id.example/realms/a');
  await userEvent.click(form.getByRole('button', { name: 'Add a service' }));
  const made = here.hub.access.providers.find((each) => each.name === 'Keycloak');
  expect((await dialog(/Keycloak is added/)).getByRole('region', { name: 'Redirect address' })).toHaveTextContent(`https://hub.example/api/v1/auth/oidc/${made?.id}/callback`);
  expect(made).toMatchObject({ issuer: 'https://id.example/realms/a', domains: ['corner.example'], admits: 'invited', method: 'basic' });
  expect(here.hub.access.secrets.get(made?.id ?? '')).toBe('hush-hush');
  await waitFor(() => expect(JSON.stringify(store.getState())).not.toContain('hush-hush'));
}, 90_000);

test('of a service only what was changed is sent, and an empty secret keeps the one that there is', async () => {
  renderApp('/admin/providers');
  await userEvent.click(await screen.findByRole('button', { name: 'Change Entra ID' }));
  const form = await dialog('Change Entra ID');
  expect(form.getByText(/One is kept, sealed/)).toBeVisible();
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByText('Nothing is changed yet.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /^Name/ }), ' (work)');
  here.hub.access.meddle(PROVIDERS.entra, { name: 'Entra', domains: ['shop.example', 'new.example'] });
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByRole('row', { name: 'Name Entra Entra ID (work)' })).toBeVisible();
  await userEvent.click(form.getByRole('button', { name: 'Save mine over it' }));
  expect(await screen.findByText('Entra ID (work) was changed.')).toBeVisible();
  expect(provider(PROVIDERS.entra)).toMatchObject({ name: 'Entra ID (work)', domains: ['shop.example', 'new.example'], has_secret: true });
}, 60_000);

test('a service is switched off with a fresh factor, shows since when, and is deleted after a question', async () => {
  here.hub.office.fresh = false;
  renderApp('/admin/providers');
  expect(await screen.findByRole('row', { name: /Okta/ })).toHaveTextContent(/public client.*Anybody of these domains.*Store manager, Fore Street.*Off.*since/);
  await userEvent.click(screen.getByRole('button', { name: 'Switch Entra ID off' }));
  const factor = await dialog('Confirm that it is you');
  await userEvent.type(factor.getByLabelText('Password'), PASSWORD);
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  expect(await screen.findByText(/Entra ID is off/)).toBeVisible();
  expect(provider(PROVIDERS.entra)?.disabled_at).not.toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Delete Entra ID' }));
  await userEvent.click((await dialog(/Delete Entra ID/)).getByRole('button', { name: 'Delete' }));
  expect(await screen.findByText(/Entra ID is deleted/)).toBeVisible();
  expect(provider(PROVIDERS.entra)).toBeUndefined();
}, 60_000);

test('a client’s secret is shown once and kept nowhere, and a client is revoked', async () => {
  const { store } = renderApp('/admin/clients');
  expect(await screen.findByRole('row', { name: /Data warehouse/ })).toHaveTextContent(/vyc_3zr8d1s9tq6w2x1.*2 scopes.*(19|20) min\. ago.*Ends soon/);
  expect(screen.queryByText('Old warehouse')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Make a client' }));
  const form = await dialog('Make a client');
  await userEvent.click(form.getByRole('button', { name: 'Make client' }));
  expect(form.getByText('Say what the client is for.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /What it is for/ }), 'Planner');
  await userEvent.click(form.getByRole('checkbox', { name: /sales\.read/ }));
  await userEvent.click(form.getByRole('button', { name: 'Make client' }));
  const made = await dialog('The client is made');
  const secret = made.getByRole('region', { name: 'Client secret' }).textContent ?? '';
  expect(secret).toMatch(/^vycs_[0-9a-f]{32}$/);
  expect(made.getByRole('region', { name: 'Client id' })).toHaveTextContent('vyc_9qk2m4n8r5t7w0aa');
  // While it is still on screen: the cache of answers does not hold it.
  await waitFor(() => expect(JSON.stringify(store.getState())).not.toContain(secret));
  await userEvent.click(made.getByRole('button', { name: 'Close' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke Planner' }));
  await userEvent.click((await dialog(/Revoke Planner/)).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(screen.queryByText('Planner')).toBeNull());
  expect(here.hub.access.clients[0]).toMatchObject({ name: 'Planner', permissions: ['sales.read'], all_stores: true });
  expect(here.hub.access.clients[0]?.revoked_at).not.toBeNull();
}, 60_000);

test('health: what fails, what it said, when it is called again, and what waits since when', async () => {
  renderApp('/admin/system');
  expect(await screen.findByRole('row', { name: /influx/ })).toHaveTextContent(/Left alone.*since .*\d\d:\d\d:\d\d.*called again at \d\d:\d\d:\d\d.*7.*4.*connection refused/);
  expect(screen.getByRole('row', { name: /^Mail/ })).toHaveTextContent(/4.*\d\d:\d\d.* \((25|26|27) min\. ago\).*3.*connection timed out/);
  expect(screen.getByRole('row', { name: /^Calls to webhooks/ })).toHaveTextContent(/0.*Nothing waits.*0.*No failure/);
  expect(screen.getByText('1,512 readings wait')).toBeVisible();
  expect(screen.getByText(/\((8|9|10) min\. ago\)/)).toBeVisible();
  expect(screen.getByText('48,213 from the cache, 1,904 made')).toBeVisible();
  expect(screen.getByText(/All figures were read at \d\d:\d\d:\d\d/)).toBeVisible();
});

test('health is for who runs the hub, without the rest of administration', async () => {
  here.hub.office.become('fleet_engineer');
  renderApp('/admin');
  const tabs = within(await screen.findByRole('navigation', { name: 'Sections of administration' }));
  expect(tabs.getAllByRole('link').map((link) => link.textContent)).toEqual(['Messages', 'System']);
  await userEvent.click(tabs.getByRole('link', { name: 'System' }));
  expect(await screen.findByText(/Something outside is left alone/)).toBeVisible();
  const inner = within(screen.getByRole('navigation', { name: 'Sections of “System”' }));
  expect(inner.getAllByRole('link').map((link) => link.textContent)).toEqual(['Health', 'Organization']);
});

test('an account elsewhere is linked: a fresh factor, the way there, and a word when it is done', async () => {
  here.hub.office.fresh = false;
  here.hub.office.user = { ...here.hub.office.user, email: 'maya@shop.example' };
  const leave = vi.spyOn(location, 'assign').mockImplementation(() => {});
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Link your account at Entra ID' }));
  const factor = await dialog('Confirm that it is you');
  await userEvent.type(factor.getByLabelText('Password'), PASSWORD);
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  await waitFor(() => expect(leave).toHaveBeenCalledWith(`/account?linked=${PROVIDERS.entra}`));
  expect(here.hub.access.links).toEqual([[PEOPLE.maya, PROVIDERS.entra]]);
  leave.mockRestore();
}, 40_000);

test('a linked account is there to be seen, and goes when its owner parts with it', async () => {
  here.hub.access.links = [[PEOPLE.maya, PROVIDERS.entra]];
  renderApp('/account');
  const row = await screen.findByRole('row', { name: /Entra ID/ });
  expect(row).toHaveTextContent(/Never/);
  await userEvent.click(within(row).getByRole('button', { name: 'Unlink your account at Entra ID' }));
  await userEvent.click((await dialog(/Unlink your account at Entra ID/)).getByRole('button', { name: 'Unlink' }));
  await waitFor(() => expect(screen.queryByRole('row', { name: /Entra ID/ })).toBeNull());
  expect(here.hub.access.links).toEqual([]);
}, 40_000);

test('who has no password here confirms at the sign-in service', async () => {
  here.hub.office.fresh = false;
  here.hub.office.user = { ...here.hub.office.user, email: 'maya@shop.example' };
  const leave = vi.spyOn(location, 'assign').mockImplementation(() => {});
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Link your account at Entra ID' }));
  const factor = await dialog('Confirm that it is you');
  expect(factor.getByText(/do once more what you were about to do/)).toBeVisible();
  await userEvent.click(factor.getByRole('button', { name: 'Confirm at Entra ID' }));
  await waitFor(() => expect(leave).toHaveBeenCalledWith(location.pathname + location.search));
  expect(here.hub.access.links).toEqual([]);
  here.hub.access.fails = 'unreachable';
  await userEvent.click(factor.getByRole('button', { name: 'Confirm at Entra ID' }));
  expect(await factor.findByText(/the sign-in service cannot be used now/)).toBeVisible();
  leave.mockRestore();
}, 40_000);

test('back from the service, linked; a service that does not answer says so; without one there is nothing to link', async () => {
  here.hub.office.user = { ...here.hub.office.user, email: 'maya@shop.example' };
  here.hub.access.fails = 'unreachable';
  renderApp(`/account?linked=${PROVIDERS.entra}`);
  expect(await screen.findByText(/Your account at Entra ID is linked/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Link your account at Entra ID' }));
  expect(await screen.findByText(/the sign-in service cannot be used now/)).toBeVisible();
});

test('a way over a service that failed says why, signed in or not', async () => {
  renderApp('/?sso=denied');
  expect(await screen.findByText(/let you go without a yes/)).toBeVisible();
  await userEvent.click(within(document.querySelector<HTMLElement>('[data-sso]') ?? document.body).getByRole('button', { name: 'Close' }));
  expect(screen.queryByText(/let you go without a yes/)).toBeNull();
});

test('who could not sign in over a service is told so at the sign-in', async () => {
  here.hub.signedIn = false;
  renderApp('/?sso=not-invited');
  expect(await screen.findByText(/Nobody here has the address/)).toBeVisible();
  expect(screen.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('without a service for the address there is nothing to link', async () => {
  renderApp('/account');
  expect(await screen.findByText(/No sign-in service is set up for addresses at example\.com/)).toBeVisible();
});

test('a new service lets people of a domain in, with a role below administrator and the stores that are named', async () => {
  renderApp('/admin/providers');
  await userEvent.click(await screen.findByRole('button', { name: 'Change Okta' }));
  const form = await dialog('Change Okta');
  await userEvent.click(form.getByRole('combobox', { name: /What newcomers are/ }));
  const roles = (await screen.findAllByRole('option')).map((option) => option.textContent);
  expect(roles).not.toContain('Administrator');
  expect(roles).not.toContain('Owner');
  await userEvent.click(screen.getByRole('option', { name: 'Viewer' }));
  await userEvent.click(form.getByRole('checkbox', { name: 'Kirkgate' }));
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Okta was changed.')).toBeVisible();
  expect(provider(PROVIDERS.okta)).toMatchObject({ role: 'viewer', all_stores: false, store_ids: [STORE.fore, STORE.kirkgate] });
}, 40_000);
