import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { CODE, PASSWORD, PEOPLE } from './fakeOffice';
import { renderApp, withFakeHub } from './render';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const asked = (line: string | RegExp) => here.hub.log.filter((each) => (typeof line === 'string' ? each === line : line.test(each))).length;

async function more(who: string, what: string): Promise<void> {
  await userEvent.click(await screen.findByRole('button', { name: `More about ${who}` }));
  await userEvent.click(await screen.findByRole('menuitem', { name: what }));
}

test('the navigation shows what the role may see, and a page that it may not names what is missing', async () => {
  here.hub.office.become('viewer');
  renderApp('/admin/people');
  expect(await screen.findByText(/This needs the permission users\.read/)).toBeVisible();
  expect(screen.getAllByRole('link', { name: 'Stores' }).length).toBeGreaterThan(0);
  expect(screen.queryByRole('link', { name: 'Administration' })).toBeNull();
  expect(asked(/\/users/)).toBe(0);
});

test('of administration only the sections that the role may see are offered', async () => {
  here.hub.office.become('operations');
  renderApp('/admin');
  expect(await screen.findByText('Tom Okafor')).toBeVisible();
  expect(within(screen.getByRole('navigation', { name: 'Sections of administration' })).getAllByRole('link').map((link) => link.textContent)).toEqual(['People & access', 'Machines', 'Messages', 'System']);
  expect(screen.queryByRole('button', { name: 'Add a person' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Change' })).toBeNull();
});

test('who may not open stores or connect devices is not offered it', async () => {
  here.hub.office.become('viewer');
  renderApp('/stores');
  await screen.findByText('Harbourside');
  expect(screen.queryByRole('button', { name: 'Add a store' })).toBeNull();
});

test('a fresh factor is asked for once, a wrong password is said, and what waited goes on by itself', async () => {
  here.hub.office.fresh = false;
  renderApp('/admin/people');
  await more('Tom Okafor', 'End sign-ins');
  await userEvent.click((await dialog(/End the sign-ins of Tom/)).getByRole('button', { name: 'End sign-ins' }));
  const factor = await dialog('Confirm that it is you');
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  expect(await factor.findByText('Enter your password.')).toBeVisible();
  await userEvent.type(factor.getByLabelText('Password'), 'wrong');
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  expect(await factor.findByText('The password is wrong.')).toBeVisible();
  await userEvent.clear(factor.getByLabelText('Password'));
  await userEvent.type(factor.getByLabelText('Password'), PASSWORD);
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  expect(await screen.findByText('All sign-ins of Tom Okafor are ended.')).toBeVisible();
  expect(asked(`DELETE /users/${PEOPLE.tom}/sessions`)).toBe(2);
  expect(screen.queryByRole('heading', { name: 'Sign in' })).toBeNull();
});

test('who does not show a factor has changed nothing, and is told so where they asked', async () => {
  here.hub.office.fresh = false;
  renderApp('/admin/keys');
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke Nightly ERP export' }));
  const confirm = await dialog(/Revoke Nightly ERP export/);
  await userEvent.click(confirm.getByRole('button', { name: 'Revoke' }));
  await userEvent.click((await dialog('Confirm that it is you')).getByRole('button', { name: 'Cancel' }));
  expect(await confirm.findByRole('alert')).toHaveTextContent('This needs your password again. Nothing was changed.');
  expect(here.hub.office.keys[0]?.revoked_at).toBeNull();
});

test('a person is added; what the hub says of the password stands at the password', async () => {
  renderApp('/admin/people');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a person' }));
  const form = await dialog('Add a person');
  await userEvent.click(form.getByRole('button', { name: 'Add person' }));
  expect(await form.findByText('Enter an e-mail address.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /E-mail/ }), 'rui@example.com');
  await userEvent.type(form.getByLabelText(/First password/), 'password1');
  await userEvent.click(form.getByRole('radio', { name: 'Only some stores' }));
  await userEvent.click(form.getByRole('button', { name: 'Add person' }));
  expect(await form.findByText('Choose at least one store.')).toBeVisible();
  await userEvent.click(await form.findByRole('checkbox', { name: 'Kirkgate' }));
  await userEvent.click(form.getByRole('button', { name: 'Add person' }));
  expect(await form.findByText(/is easily guessed/)).toBeVisible();
  await userEvent.click(form.getByRole('button', { name: 'Suggest one' }));
  expect((form.getByLabelText(/First password/) as HTMLInputElement).value).toMatch(/^\w{5}(-\w{5}){3}$/);
  await userEvent.click(form.getByRole('button', { name: 'Add person' }));
  expect(await screen.findByText(/rui@example.com can sign in now/)).toBeVisible();
  const made = here.hub.office.people.find((each) => each.email === 'rui@example.com');
  expect(made).toMatchObject({ role: 'store_manager', all_stores: false });
  expect(made?.store_ids).toHaveLength(1);
  expect(await screen.findByRole('rowheader', { name: 'rui@example.com' })).toBeVisible();
});

test('two change one person: both versions are shown, and saving over it is decided knowingly', async () => {
  renderApp('/admin/people');
  const row = within(await screen.findByRole('row', { name: /Tom Okafor/ }));
  await userEvent.click(row.getByRole('button', { name: 'Change' }));
  const form = await dialog('Change Tom Okafor');
  const name = await form.findByRole('textbox', { name: 'Name' });
  await userEvent.clear(name);
  await userEvent.type(name, 'Thomas Okafor');
  here.hub.office.meddle(PEOPLE.tom, { name: 'Tom O.', role: 'operations' });
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  const conflict = await form.findByRole('alert');
  expect(conflict).toHaveTextContent('Somebody else changed this meanwhile');
  expect(within(conflict).getByRole('row', { name: 'Name Tom O. Thomas Okafor' })).toBeVisible();
  expect(here.hub.office.people.find((each) => each.id === PEOPLE.tom)?.name).toBe('Tom O.');
  await userEvent.click(within(conflict).getByRole('button', { name: 'Save mine over it' }));
  expect(await screen.findByText('Thomas Okafor was changed.')).toBeVisible();
  // What the other one changed beside it stays.
  expect(here.hub.office.people.find((each) => each.id === PEOPLE.tom)).toMatchObject({ name: 'Thomas Okafor', role: 'operations' });
});

test('a person is shut out and let in again', async () => {
  renderApp('/admin/people');
  await more('Tom Okafor', 'Shut out');
  const confirm = await dialog('Shut Tom Okafor out?');
  await waitFor(() => expect(confirm.getByRole('button', { name: 'Shut out' })).toBeEnabled());
  await userEvent.click(confirm.getByRole('button', { name: 'Shut out' }));
  expect(await screen.findByText(/Tom Okafor is shut out/)).toBeVisible();
  expect(here.hub.office.people.find((each) => each.id === PEOPLE.tom)?.disabled_at).not.toBeNull();
  await more('Tom Okafor', 'Let in again');
  const again = await dialog('Let Tom Okafor in again?');
  await waitFor(() => expect(again.getByRole('button', { name: 'Let in again' })).toBeEnabled());
  await userEvent.click(again.getByRole('button', { name: 'Let in again' }));
  expect(await screen.findByText('Tom Okafor may sign in again.')).toBeVisible();
});

test('an administrator does not touch owners, and nobody shuts themselves out', async () => {
  renderApp('/admin/people');
  await userEvent.click(await screen.findByRole('button', { name: 'More about Maya Chen' }));
  expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['Why can they see this?', 'End sign-ins']);
  await userEvent.keyboard('{Escape}');
  here.hub.office.become('admin');
  document.body.replaceChildren();
  renderApp('/admin/people');
  const row = within(await screen.findByRole('row', { name: /Maya Chen/ }));
  expect(row.queryByRole('button', { name: 'Change' })).toBeNull();
});

test('why somebody may do something, or may not, at a store', async () => {
  renderApp('/admin/people');
  await more('Ana Silva', 'Why can they see this?');
  const form = await dialog('What Ana Silva may do, and why');
  expect(await form.findByText('Yes: every step lets through.')).toBeVisible();
  await userEvent.click(form.getByRole('combobox', { name: 'At which store' }));
  await userEvent.click(await screen.findByRole('option', { name: 'Kirkgate' }));
  expect(await form.findByText('No: a step does not let through.')).toBeVisible();
  expect(form.getByText('its reach does not have the store Kirkgate')).toBeVisible();
});

test('a key is shown once, and is nowhere when its dialog is closed', async () => {
  const { store } = renderApp('/admin/keys');
  await userEvent.click(await screen.findByRole('button', { name: 'Make a key' }));
  const form = await dialog('Make a key');
  expect(form.queryByRole('checkbox', { name: /users\.write/ })).toBeNull();
  await userEvent.type(form.getByRole('textbox', { name: /What it is for/ }), 'Scales');
  await userEvent.click(form.getByRole('button', { name: 'Make key' }));
  expect(await form.findByText('Choose at least one permission.')).toBeVisible();
  await userEvent.click(form.getByRole('checkbox', { name: /^catalog\.read/ }));
  await userEvent.click(form.getByRole('button', { name: 'Make key' }));
  const made = await dialog('The key is made');
  expect(made.getByRole('region', { name: 'The key' })).toHaveTextContent(/^vyk_[0-9a-f]{32}_/);
  const [key] = here.hub.office.keys;
  expect(key).toMatchObject({ name: 'Scales', permissions: ['catalog.read'], all_stores: true });
  expect((Date.parse(key?.expires_at ?? '') - here.hub.world.now()) / 86_400_000).toBeCloseTo(90, 1);
  await userEvent.click(made.getByRole('button', { name: 'Close' }));
  expect(await screen.findByRole('rowheader', { name: /Scales/ })).toBeVisible();
  expect(JSON.stringify(store.getState())).not.toContain('c2VjcmV0');
});

test('keys that hold no more are shown on request', async () => {
  renderApp('/admin/keys');
  await screen.findByText('Nightly ERP export');
  expect(screen.getByText('Ends soon')).toBeVisible();
  expect(screen.queryByText('Old BI connector')).toBeNull();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Show revoked and expired' }));
  expect(screen.getByText('Old BI connector')).toBeVisible();
});

test('the log is filtered by the hub, goes on with older entries, and shows before and after', async () => {
  renderApp('/admin/audit');
  await screen.findByText('Added a store');
  const rows = () => document.querySelectorAll('[data-row]').length;
  expect(rows()).toBe(50);
  expect(screen.getAllByText('Refused (403)')).toHaveLength(1);
  await userEvent.click(screen.getByRole('button', { name: 'Show older entries' }));
  await waitFor(() => expect(rows()).toBe(67));
  await userEvent.click(screen.getByRole('combobox', { name: 'What' }));
  await userEvent.click(await screen.findByRole('option', { name: 'People' }));
  await waitFor(() => expect(rows()).toBe(1));
  expect(screen.queryByText('Refused (403)')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Show entry 66' }));
  const entry = await dialog('Entry 66');
  expect(entry.getByRole('row', { name: 'role viewer fleet_engineer' })).toBeVisible();
  expect(entry.getByRole('row', { name: 'all_stores true false' })).toBeVisible();
  expect(entry.getByRole('row', { name: /^store_ids empty 0199b/ })).toBeVisible();
  expect(asked(/GET \/audit\?action=users\./)).toBe(1);
});

test('the chain is verified when asked, and a break is named', async () => {
  renderApp('/admin/audit');
  await screen.findByText('Added a store');
  expect(asked(/verify/)).toBe(0);
  await userEvent.click(screen.getByRole('button', { name: 'Verify the chain' }));
  expect(await screen.findByText(/The chain is whole: all 67 entries/)).toBeVisible();
  here.hub.office.intact = false;
  await userEvent.click(screen.getByRole('button', { name: 'Verify the chain' }));
  expect(await screen.findByText(/The chain is broken: entry 17 was altered\. 16 entries before it are whole/)).toBeVisible();
});

test('the export asks for a factor, saves every entry and keeps nothing of it', async () => {
  here.hub.office.fresh = false;
  const saved: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((content) => {
    saved.push(content as Blob);
    return 'blob:audit';
  });
  const { store } = renderApp('/admin/audit');
  await screen.findByText('Added a store');
  await userEvent.click(screen.getByRole('button', { name: 'Export' }));
  const factor = await dialog('Confirm that it is you');
  await userEvent.type(factor.getByLabelText('Password'), `${PASSWORD}{Enter}`);
  expect(await screen.findByText(/The log was saved as audit\.tsv/)).toBeVisible();
  const lines = (await saved[0]?.text())?.trim().split('\n') ?? [];
  expect(lines).toHaveLength(67);
  expect(lines[66]).toContain('POST /api/v1/users');
  expect(JSON.stringify(store.getState())).not.toContain(lines[0]?.split('\t')[1] ?? 'none');
});

test('the organization is renamed over the version that was read', async () => {
  renderApp('/admin/organization');
  const name = await screen.findByRole('textbox', { name: /Name/ });
  await userEvent.type(name, ' Ltd');
  Object.assign(here.hub.office.organization, { industry: 'wholesale', version: 5 });
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  const conflict = await screen.findByRole('alert');
  expect(within(conflict).getByRole('row', { name: 'Name Corner & Co. Corner & Co. Ltd' })).toBeVisible();
  await userEvent.click(within(conflict).getByRole('button', { name: 'Save mine over it' }));
  expect(await screen.findByText('Saved.')).toBeVisible();
  expect(here.hub.office.organization).toMatchObject({ name: 'Corner & Co. Ltd', industry: 'wholesale' });
});

test('own sign-ins: one is ended, then all others', async () => {
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'End the sign-in of vyavs-cli/0.1.0' }));
  await waitFor(() => expect(screen.queryByText('vyavs-cli/0.1.0')).toBeNull());
  expect(screen.getByText('Safari on iOS')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'End all others' }));
  await userEvent.click((await dialog('End all other sign-ins?')).getByRole('button', { name: 'End all others' }));
  expect(await screen.findByText('All other sign-ins are ended.')).toBeVisible();
  expect(here.hub.office.signIns).toHaveLength(1);
});

test('a new password: each fault at its field, a wrong one ends no session', async () => {
  renderApp('/account');
  const field = async (name: string) => screen.findByLabelText(name);
  const submit = async () => userEvent.click(screen.getByRole('button', { name: 'Change password' }));
  const fill = async (current: string, next: string, again = next) => {
    for (const [name, text] of [['Current password', current], ['New password', next], ['New password again', again]] as const) {
      const input = await field(name);
      await userEvent.clear(input);
      if (text) await userEvent.type(input, text);
    }
    await submit();
  };
  await fill('', 'x');
  expect(await field('Current password')).toHaveAccessibleDescription('Enter the password that holds now.');
  await fill(PASSWORD, 'short');
  expect(await field('New password')).toHaveAccessibleDescription('Too short: at least 8 characters.');
  await fill(PASSWORD, 'three unrelated words', 'three unrelated word');
  expect(await field('New password again')).toHaveAccessibleDescription('The two are not the same.');
  await fill('not mine', 'three unrelated words');
  await waitFor(async () => expect(await field('Current password')).toHaveAccessibleDescription('That is not your current password.'));
  await fill(PASSWORD, 'password12');
  await waitFor(async () => expect(await field('New password')).toHaveAccessibleDescription(/is easily guessed/));
  await fill(PASSWORD, 'three unrelated words');
  expect(await screen.findByText('The password is changed. All other sign-ins are ended.')).toBeVisible();
  expect(here.hub.office.password).toBe('three unrelated words');
  expect(await field('New password')).toHaveValue('');
});

test('an authenticator app is turned on with its first code, and asked for from then on', async () => {
  renderApp('/account');
  await userEvent.click(await screen.findByRole('button', { name: 'Set up an authenticator app' }));
  const setUp = await dialog('Set up an authenticator app');
  expect(setUp.getByRole('img', { name: /QR code/ })).toBeVisible();
  await userEvent.click(setUp.getByRole('button', { name: 'Turn on' }));
  expect(await setUp.findByText('Enter the six digits that the app shows.')).toBeVisible();
  await userEvent.type(setUp.getByLabelText('Code that the app shows'), '000000');
  await userEvent.click(setUp.getByRole('button', { name: 'Turn on' }));
  expect(await setUp.findByText(/The code is wrong/)).toBeVisible();
  await userEvent.clear(setUp.getByLabelText('Code that the app shows'));
  await userEvent.type(setUp.getByLabelText('Code that the app shows'), CODE);
  await userEvent.click(setUp.getByRole('button', { name: 'Turn on' }));
  const codes = await dialog('Recovery codes');
  expect(codes.getByText(/abcd-efgh-jkmn-0000/)).toBeVisible();
  await userEvent.click(codes.getByRole('button', { name: 'Close' }));
  expect(await screen.findByText('10 recovery codes are left. Each stands in for the app once.')).toBeVisible();
  // What is grave asks for the code now, and not for the password.
  here.hub.office.fresh = false;
  await userEvent.click(screen.getByRole('button', { name: 'New recovery codes' }));
  const factor = await dialog('Confirm that it is you');
  expect(factor.queryByLabelText('Password')).toBeNull();
  await userEvent.type(factor.getByLabelText('Code'), CODE);
  await userEvent.click(factor.getByRole('button', { name: 'Confirm' }));
  expect((await dialog('Recovery codes')).getByText(/abcd-efgh-jkmn-0009/)).toBeVisible();
});

test('signing in asks for a code once the hub says that the person has a second factor', async () => {
  here.hub.office.totpSince = '2026-01-01T00:00:00Z';
  here.hub.signedIn = false;
  renderApp('/login');
  expect(screen.queryByLabelText('Code')).toBeNull();
  await userEvent.type(await screen.findByLabelText('E-mail'), 'maya@example.com');
  await userEvent.type(screen.getByLabelText('Password'), PASSWORD);
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await userEvent.type(await screen.findByLabelText('Code'), '000000');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText(/The code is wrong or was used before/)).toBeVisible();
  await userEvent.clear(screen.getByLabelText('Code'));
  await userEvent.type(screen.getByLabelText('Code'), CODE);
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByLabelText('Code')).toBeNull());
});
