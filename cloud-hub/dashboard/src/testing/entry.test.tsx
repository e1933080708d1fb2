import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();

test('an invitation: whose it is, a password that is judged, and then the way to sign in', async () => {
  here.hub.signedIn = false;
  here.hub.office.link = { kind: 'invitation', token: 'vyl_good' };
  renderApp('/invitation#vyl_good');
  expect(await screen.findByRole('heading', { name: 'Join Corner & Co.' })).toBeVisible();
  expect(screen.getByLabelText('E-mail')).toHaveValue('rui@example.com');
  expect(screen.getByLabelText('Your name')).toHaveValue('Rui');
  const password = screen.getByLabelText('New password');
  await userEvent.type(password, 'short{Enter}');
  expect(screen.getByText('Use at least 8 characters.')).toBeVisible();
  expect(screen.getByText('This is not the same.')).toBeVisible();
  await userEvent.clear(password);
  await userEvent.type(password, 'password12');
  await userEvent.type(screen.getByLabelText('New password again'), 'password12{Enter}');
  expect(await screen.findByText(/is easily guessed/)).toBeVisible();
  await userEvent.clear(password);
  await userEvent.type(password, 'three unrelated words');
  await userEvent.clear(screen.getByLabelText('New password again'));
  await userEvent.type(screen.getByLabelText('New password again'), 'three unrelated words{Enter}');
  expect(await screen.findByText(/Welcome. You can sign in now/)).toBeVisible();
  await userEvent.click(screen.getByRole('link', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('a link that was used, or came incomplete, says so and where to go', async () => {
  here.hub.signedIn = false;
  renderApp('/password-reset#vyl_old');
  expect(await screen.findByText('The link does not work')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
  await userEvent.click(screen.getByRole('link', { name: 'Send me a link' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Send me a link' }));
  expect(screen.getByText('Enter your e-mail address.')).toBeVisible();
  await userEvent.type(screen.getByLabelText('E-mail'), 'nobody@example.com{Enter}');
  expect(await screen.findByText(/If this address signs in here/)).toBeVisible();
});

test('a token is in no request’s address', async () => {
  here.hub.signedIn = false;
  here.hub.office.link = { kind: 'password_reset', token: 'vyl_secret' };
  renderApp('/password-reset#vyl_secret');
  await userEvent.type(await screen.findByLabelText('New password'), 'three unrelated words');
  await userEvent.type(screen.getByLabelText('New password again'), 'three unrelated words{Enter}');
  expect(await screen.findByText(/every sign-in has ended/)).toBeVisible();
  expect(here.hub.log.filter((line) => line.includes('vyl_'))).toEqual([]);
});

test('an incomplete address asks the hub nothing', async () => {
  here.hub.signedIn = false;
  renderApp('/invitation');
  expect(await screen.findByText(/The address is incomplete/)).toBeVisible();
  expect(here.hub.log.some((line) => line.includes('/auth/links'))).toBe(false);
});

test('a person is invited instead of given a password, and again from the list; a hub without mail says so', async () => {
  renderApp('/admin/people');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a person' }));
  const form = within(await screen.findByRole('dialog', { name: 'Add a person' }));
  await userEvent.type(form.getByRole('textbox', { name: /E-mail/ }), 'rui@example.com');
  await userEvent.click(form.getByRole('checkbox', { name: /Invite by mail/ }));
  expect(form.queryByLabelText(/First password/)).toBeNull();
  await userEvent.click(form.getByRole('button', { name: 'Add person' }));
  expect(await screen.findByText(/rui@example.com gets a mail with a link/)).toBeVisible();
  here.hub.office.mailServer = false;
  await userEvent.click(await screen.findByRole('button', { name: 'More about rui@example.com' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Send an invitation' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send an invitation' }));
  await waitFor(() => expect(screen.getByText(/has no mail server: the mail waits/)).toBeVisible());
});

test('a sign-in service is offered to whose address it is for, and leads back to the page that was asked for', async () => {
  here.hub.signedIn = false;
  renderApp('/login?next=%2Fjobs');
  await userEvent.type(await screen.findByLabelText('E-mail'), 'rui@shop.example');
  expect(screen.queryByRole('link', { name: 'Sign in with Entra ID' })).toBeNull();
  await userEvent.tab();
  expect(await screen.findByRole('link', { name: 'Sign in with Entra ID' })).toHaveAttribute('href', '/api/v1/auth/oidc/0199b000-0046-7000-8000-000000000001/start?return_to=%2Fjobs');
});
