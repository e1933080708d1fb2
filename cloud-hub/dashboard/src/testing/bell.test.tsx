import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
afterEach(() => vi.unstubAllGlobals());

/** A browser with passkeys: `answer` is what the person does. */
function withPasskeys(answer: { id: string } | null) {
  const credential = answer && { toJSON: () => answer };
  const ask = () => (credential ? Promise.resolve(credential) : Promise.reject(new DOMException('no', 'NotAllowedError')));
  vi.stubGlobal('PublicKeyCredential', { parseCreationOptionsFromJSON: (options: object) => options, parseRequestOptionsFromJSON: (options: object) => options });
  Object.defineProperty(navigator, 'credentials', { configurable: true, value: { create: ask, get: ask } });
}

test('the bell counts what is unread, and one more at once when the hub says so', async () => {
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Notifications, 2 unread' }));
  const drawer = await dialog('Notifications');
  expect(await drawer.findByText('Export ready')).toBeVisible();
  await waitFor(() => expect(here.hub.openStreams).toBe(1));
  act(() => here.hub.tell('Cold room too warm'));
  expect(await drawer.findByText('Cold room too warm')).toBeVisible();
  await userEvent.click(drawer.getByRole('button', { name: 'Mark as read: Cold room too warm' }));
  await waitFor(() => expect(drawer.queryByRole('button', { name: 'Mark as read: Cold room too warm' })).toBeNull());
  await userEvent.click(drawer.getByRole('button', { name: 'Mark all as read' }));
  await waitFor(() => expect(here.hub.bell.notifications.every((each) => each.read_at !== null)).toBe(true));
});

test('a notification leads to its page and is read then, and never out of the application', async () => {
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Notifications, 2 unread' }));
  const drawer = await dialog('Notifications');
  expect(await drawer.findByRole('link', { name: 'Go there: Elsewhere' })).toHaveAttribute('href', '/');
  await userEvent.click(drawer.getByRole('link', { name: 'Go there: Fridge too warm' }));
  expect((await dialog('Fridge too warm')).getByRole('button', { name: 'Close' })).toBeVisible();
  expect(here.hub.bell.notifications[1]?.read_at).not.toBeNull();
});

test('a job that was told of opens in the job centre', async () => {
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Notifications, 2 unread' }));
  await userEvent.click(await (await dialog('Notifications')).findByRole('link', { name: 'Go there: Export ready' }));
  expect(await (await dialog('Daily store brief')).findByText('The file')).toBeVisible();
});

test('what one is told, and how, is kept at every tick', async () => {
  renderApp('/account');
  const group = within(await screen.findByRole('group', { name: 'Work that you asked for is done' }));
  await userEvent.click(group.getByRole('checkbox', { name: 'By mail' }));
  await waitFor(() => expect(here.hub.bell.preferences[0]).toEqual({ kind: 'job.finished', in_app: true, mail: true }));
});

test('a passkey is made by the device, renamed and removed', async () => {
  withPasskeys({ id: 'made' });
  renderApp('/account');
  expect(await screen.findByText(/on one device only/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Add a passkey' }));
  const add = await dialog('Add a passkey');
  await userEvent.type(add.getByRole('textbox', { name: /Name/ }), 'Laptop{Enter}');
  expect(await screen.findByRole('row', { name: /Laptop.*On more than one device/ })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Rename Laptop' }));
  const rename = await dialog('Rename');
  await userEvent.clear(rename.getByRole('textbox', { name: /Name/ }));
  await userEvent.type(rename.getByRole('textbox', { name: /Name/ }), 'Work laptop{Enter}');
  await userEvent.click(await screen.findByRole('button', { name: 'Remove Work laptop' }));
  await userEvent.click((await dialog('Remove Work laptop?')).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(here.hub.bell.passkeys.map((each) => each.name)).toEqual(['Phone']));
});

test('a device that made none is said, and a browser without passkeys is told what it lacks', async () => {
  renderApp('/account');
  expect(await screen.findByText(/This browser holds no passkeys/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Add a passkey' })).toBeNull();
});

test('sign in with a passkey alone; one that is not shown, or not known, is no lost session', async () => {
  here.hub.signedIn = false;
  withPasskeys(null);
  renderApp('/login');
  await userEvent.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }));
  expect(await screen.findByText(/No passkey was shown/)).toBeVisible();
  withPasskeys({ id: 'unknown' });
  await userEvent.click(screen.getByRole('button', { name: 'Sign in with a passkey' }));
  await waitFor(() => expect(here.hub.log.filter((line) => line.includes('sign-in'))).toHaveLength(1));
  expect(screen.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  withPasskeys({ id: 'good' });
  await userEvent.click(screen.getByRole('button', { name: 'Sign in with a passkey' }));
  expect(await screen.findByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
});
