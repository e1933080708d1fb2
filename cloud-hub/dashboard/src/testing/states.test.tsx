import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';
import { api } from '../api';
import { CASES } from './fakeCases';
import { PASSWORD } from './fakeHub';
import { renderApp, withFakeHub } from './render';
import { STORE } from './world';

const here = withFakeHub();
const inState = (state: string) => waitFor(() => {
  const found = document.querySelector<HTMLElement>(`[data-state="${state}"]`);
  if (!found) throw new Error(`nothing is in state ${state}`);
  return found;
});
const heading = (name: string | RegExp) => screen.findByRole('heading', { name, level: 1 });

/** What each page must find before it can show anything of its own, and a text that only its content has. */
const PAGES = [
  { page: 'overview', path: '/', needs: '/kpis', content: 'Average basket', empty: null },
  { page: 'overview queue', path: '/', needs: '/alarms', content: /Dairy fridge, air is/, empty: null },
  { page: 'overview sales', path: '/', needs: '/sales', content: /Strongest: /, empty: () => void (here.hub.world.sales = () => []) },
  { page: 'stores', path: '/stores', needs: '/stores', content: 'Harbourside', empty: () => void here.hub.world.stores.splice(0) },
  { page: 'live receipts', path: `/stores/${STORE.fore}/live`, needs: `/stores/${STORE.fore}/receipts`, content: '48280', empty: () => void here.hub.world.receipts[STORE.fore]?.splice(0) },
  { page: 'live sensors', path: `/stores/${STORE.fore}/live`, needs: `/stores/${STORE.fore}/sensors`, content: 'Drinks fridge, air', empty: () => void here.hub.world.sensors[STORE.fore]?.splice(0) },
  { page: 'sales', path: `/stores/${STORE.fore}/sales`, needs: `/stores/${STORE.fore}/receipts`, content: '48280', empty: () => void here.hub.world.receipts[STORE.fore]?.splice(0) },
  { page: 'sensors', path: `/stores/${STORE.fore}/sensors`, needs: `/stores/${STORE.fore}/telemetry`, content: /Mean between .* allowed: -1 to 5/, empty: () => void here.hub.world.sensors[STORE.fore]?.splice(0) },
  { page: 'alarms', path: `/stores/${STORE.fore}/alarms`, needs: `/stores/${STORE.fore}/alarms`, content: /Freezer, air: the compressor/, empty: null },
  { page: 'till events', path: `/stores/${STORE.fore}/alarms`, needs: `/stores/${STORE.fore}/events`, content: 'Receipt not accepted', empty: null },
  { page: 'products', path: '/products', needs: '/products', content: 'Butter croissant', empty: () => void here.hub.catalog.products.splice(0) },
  { page: 'alerts', path: '/alerts/inbox', needs: '/alerts', content: 'Unusually many refunds at a till', empty: () => void here.hub.alerts.alerts.splice(0) },
  { page: 'rules', path: '/alerts/rules', needs: '/rules', content: 'Fridge too warm', empty: () => void here.hub.rules.rules.splice(0) },
  { page: 'cases', path: '/cases', needs: '/cases', content: 'Refunds without a customer', empty: () => void here.hub.cases.cases.splice(0) },
  { page: 'case', path: `/cases/${CASES.refunds}`, needs: `/cases/${CASES.refunds}`, content: 'Called the shift lead.', empty: null },
  { page: 'reports', path: '/reports/gallery', needs: '/reports', content: 'Fridge log', empty: () => void here.hub.work.reports.splice(0) },
  { page: 'made reports', path: '/reports/gallery', needs: '/jobs', content: /attempts failed|Failed/, empty: () => void here.hub.work.jobs.splice(0) },
  { page: 'schedules', path: '/reports/schedules', needs: '/schedules', content: 'Chain on Mondays', empty: () => void here.hub.work.schedules.splice(0) },
  { page: 'exports', path: '/reports/exports', needs: '/jobs', content: 'Export: Ticket lines', empty: () => void here.hub.work.jobs.splice(0) },
  { page: 'jobs', path: '/jobs', needs: '/jobs', content: 'Check of the figures', empty: () => void here.hub.work.jobs.splice(0) },
  { page: 'people', path: '/admin/people', needs: '/users', content: 'Tom Okafor', empty: null },
  { page: 'keys', path: '/admin/keys', needs: '/api-keys', content: 'Nightly ERP export', empty: () => void here.hub.office.keys.splice(0) },
  { page: 'webhooks', path: '/admin/webhooks', needs: '/webhooks', content: 'Pager', empty: () => void here.hub.privacy.webhooks.splice(0) },
  { page: 'privacy', path: '/admin/privacy', needs: '/privacy/requests', content: 'To be erased', empty: () => void here.hub.privacy.requests.splice(0) },
  { page: 'retention', path: '/admin/retention', needs: '/retention', content: 'Readings as they came', empty: null },
  { page: 'passkeys', path: '/account', needs: '/auth/passkeys', content: 'Phone', empty: () => void here.hub.bell.passkeys.splice(0) },
  { page: 'told', path: '/account', needs: '/notifications/preferences', content: 'Work that you asked for is done', empty: null },
  { page: 'audit', path: '/admin/audit', needs: '/audit', content: 'Added a store', empty: () => void here.hub.office.log.splice(0) },
  { page: 'routes', path: '/admin/routes', needs: '/notification-routes', content: 'Cold chain, day and night', empty: () => void here.hub.routing.routes.splice(0) },
  { page: 'mails', path: '/admin/mails', needs: '/mails', content: 'Your invitation to Corner & Co.', empty: () => void here.hub.routing.mails.splice(0) },
  { page: 'providers', path: '/admin/providers', needs: '/identity-providers', content: 'Entra ID', empty: () => void here.hub.access.providers.splice(0) },
  { page: 'clients', path: '/admin/clients', needs: '/machine-clients', content: 'Data warehouse', empty: () => void here.hub.access.clients.splice(0) },
  { page: 'system', path: '/admin/system', needs: '/health', content: /Something outside is left alone/, empty: () => void here.hub.access.health.outside.splice(0) },
  { page: 'organization', path: '/admin/organization', needs: '/organizations', content: 'Oct 17, 2025', empty: null },
  { page: 'account', path: '/account', needs: '/auth/sessions', content: 'Safari on iOS', empty: null },
  { page: 'sync', path: `/stores/${STORE.kirkgate}/sync`, needs: `/stores/${STORE.kirkgate}/sync`, content: /1,512 records/, empty: () => void here.hub.world.devices.splice(0) },
];

describe.each(PAGES)('$page', ({ path, needs, content, empty }) => {
  test('loading: a skeleton in place of the content, and a word for those who cannot see it', async () => {
    here.hub.faults.set(needs, 'hang');
    renderApp(path);
    const loading = await inState('loading');
    expect(within(loading).getByRole('status')).toHaveTextContent('Loading');
    expect(screen.queryAllByText(content)).toEqual([]);
  });

  test('error: what failed, what to do, the request’s id, and a retry that works', async () => {
    here.hub.faults.set(needs, { status: 503, title: 'Too busy', detail: 'the hub is too busy to answer this now', fix_hint: 'Try again in a few seconds.' });
    renderApp(path);
    const error = await inState('error');
    expect(error).toHaveTextContent('Too busy');
    expect(error).toHaveTextContent('Try again in a few seconds.');
    expect(error).toHaveTextContent('req-7f3a');
    here.hub.faults.clear();
    await userEvent.click(within(error).getByRole('button', { name: 'Retry' }));
    expect((await screen.findAllByText(content)).length).toBeGreaterThan(0);
  });

  test('forbidden: who can grant it', async () => {
    here.hub.faults.set(needs, { status: 403, title: 'Not allowed', fix_hint: 'An administrator can change your role.' });
    renderApp(path);
    expect(await inState('forbidden')).toHaveTextContent('An administrator can change your role.');
  });

  test('a failed refresh keeps the content and says how old it is', async () => {
    const { store } = renderApp(path);
    await screen.findAllByText(content);
    here.hub.faults.set(needs, { status: 500, title: 'The hub failed' });
    store.dispatch(api.util.invalidateTags(['kpis', 'sales', 'stores', 'receipts', 'sensors', 'alarms', 'sync', 'events', 'people', 'keys', 'audit', 'organization', 'signIns', 'products', 'stock', 'reports', 'jobs', 'schedules', 'alerts', 'rules', 'cases', 'notifications', 'webhooks', 'privacy', 'retention', 'factors', 'routes', 'mails', 'providers', 'clients', 'health']));
    expect(await inState('not-refreshed')).toHaveTextContent(/You see the data from \d/);
    expect(screen.getAllByText(content).length).toBeGreaterThan(0);
    expect(document.querySelector('[data-state="loading"]')).toBeNull();
  });

  test.runIf(empty)('empty: what will appear here', async () => {
    empty?.();
    renderApp(path);
    expect((await inState('empty')).textContent?.length).toBeGreaterThan(40);
  });
});

test('no match is not the same as no data, and one press undoes it', async () => {
  renderApp('/stores?q=nowhere');
  const none = await inState('no-match');
  expect(none).toHaveTextContent('There are 4 stores, all hidden by the filter.');
  await userEvent.click(within(none).getByRole('button', { name: 'Clear filter' }));
  expect(await screen.findByText('Castle Park')).toBeVisible();
});

test('receipts of a till that rang none: no match, and the filter can be cleared', async () => {
  renderApp(`/stores/${STORE.fore}/sales?till=till-99`);
  await userEvent.click(within(await inState('no-match')).getByRole('button', { name: 'Clear filter' }));
  expect(await screen.findByText('48280')).toBeVisible();
});

test('nothing to do is good news, not an empty box', async () => {
  here.hub.world.alarms.splice(0);
  here.hub.world.devices.splice(0);
  for (const store of here.hub.world.stores) store.metrics = { ...store.metrics, status: 'live', unsent: 0, oldest_unsent_at: null };
  renderApp('/');
  expect(await inState('good')).toHaveTextContent('Nothing needs you now');
});

test('older receipts follow the newer ones, none twice', async () => {
  renderApp(`/stores/${STORE.fore}/sales`);
  await userEvent.click(await screen.findByRole('button', { name: 'Show older receipts' }));
  await waitFor(() => expect(document.querySelectorAll('[data-receipt]').length).toBe(50));
  const numbers = [...document.querySelectorAll<HTMLElement>('[data-receipt]')].map((row) => row.dataset.receipt);
  expect(new Set(numbers).size).toBe(50);
  expect(numbers).toEqual([...numbers].sort().reverse());
});

test('every figure on the overview is the hub’s own', async () => {
  renderApp('/');
  await screen.findAllByText('Sales today');
  const kpis = here.hub.world.kpis(here.hub.world.stores.map((store) => store.id));
  for (const kpi of kpis) {
    const shown = document.querySelector(`[data-kpi="${kpi.id}"] [data-kpi-value]`)?.textContent ?? '';
    expect(Number(shown.replace(/[^0-9.-]/g, ''))).toBe(kpi.value);
  }
});

test('takings in several currencies have no sum, and the figure says what to do', async () => {
  const kpis = here.hub.world.kpis;
  here.hub.world.kpis = (ids) => kpis(ids).map((kpi) => (kpi.unit === 'money' ? { ...kpi, value: null, currency: null, compare: null, spark: [] } : kpi));
  renderApp('/');
  await screen.findAllByText('Sales today');
  expect(document.querySelector('[data-kpi="sales_today"]')).toHaveTextContent('–Several currencies: choose one store');
  expect(document.querySelector('[data-kpi="receipts_today"]')).not.toHaveTextContent('Several currencies');
});

test('the dialog that connects the first device stays open and sees it come', async () => {
  const { devices } = here.hub.world;
  const [device] = devices.splice(0).filter((each) => each.store_id === STORE.kirkgate);
  renderApp(`/stores/${STORE.kirkgate}/sync`);
  await userEvent.click(await screen.findByRole('button', { name: 'Connect a device' }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByLabelText(/Name/)).toHaveValue('box-1');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Make token' }));
  expect(await within(dialog).findByText(/Waiting to hear from box-1/)).toBeVisible();
  if (!device) throw new Error('the store has a device');
  devices.push({ ...device, last_heard_at: null, status: 'never' });
  expect(await within(dialog).findByText(/has its identity/, {}, { timeout: 8_000 })).toBeVisible();
  devices[0] = device;
  expect(await within(dialog).findByText(/box-1 was heard/, {}, { timeout: 8_000 })).toBeVisible();
});

test('a figure explains itself', async () => {
  renderApp('/');
  await userEvent.click(await screen.findByRole('button', { name: /How “Sales today” is computed/ }));
  const dialog = await screen.findByRole('dialog', { name: /Sales today/ });
  expect(dialog).toHaveTextContent('no voids, training or adjustments');
  expect(dialog).toHaveTextContent('the same weekday last week, until this time');
  expect(dialog).toHaveTextContent('As of ');
});

test('an offline store shows since when, and that nothing is lost by it', async () => {
  renderApp(`/stores/${STORE.castle}/live`);
  expect(await screen.findByText(/Not heard since .* what they record is sent when the line is back/)).toBeVisible();
});

test('a chart is read with the arrow keys and as a table', async () => {
  renderApp(`/stores/${STORE.fore}/sales`);
  const cursor = await screen.findByRole('slider', { name: /Sales by hour/ });
  const last = cursor.getAttribute('aria-valuetext');
  expect(last).toMatch(/Sales £/);
  cursor.focus();
  await userEvent.keyboard('{ArrowLeft}');
  expect(cursor.getAttribute('aria-valuetext')).not.toBe(last);
  await userEvent.keyboard('{End}');
  expect(cursor.getAttribute('aria-valuetext')).toBe(last);
  await userEvent.click(screen.getByRole('button', { name: 'Show as table' }));
  const table = within(screen.getByRole('region', { name: /as a table/ }));
  expect(table.getAllByRole('row').length).toBe(Number(cursor.getAttribute('aria-valuemax')) + 2);
});

test('sign in: what is missing is named, a wrong password is not blamed on the person’s session, then back to the page asked for', async () => {
  here.hub.signedIn = false;
  renderApp('/stores?q=leeds');
  await heading('Sign in');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(screen.getByText('Enter your e-mail address.')).toBeVisible();
  await userEvent.type(screen.getByLabelText('E-mail'), 'maya@example.com');
  await userEvent.type(screen.getByLabelText('Password'), 'wrong');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('E-mail or password is wrong');
  await userEvent.clear(screen.getByLabelText('Password'));
  await userEvent.type(screen.getByLabelText('Password'), PASSWORD);
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await heading('Stores');
  expect(await screen.findByText('Kirkgate')).toBeVisible();
  expect(screen.queryByText('Harbourside')).toBeNull();
});

test('a session that ends leads to sign in and says so', async () => {
  const { store } = renderApp('/');
  await screen.findAllByText('Sales today');
  here.hub.signedIn = false;
  store.dispatch(api.util.invalidateTags(['kpis']));
  await heading('Sign in');
  expect(screen.getByText(/Your session has ended/)).toBeVisible();
});

test('an unreachable hub is told apart from one that failed', async () => {
  here.hub.faults.set('/me', 'cut');
  renderApp('/');
  expect(await inState('error')).toHaveTextContent('The hub cannot be reached');
});

test('a store is added, and a name that is taken is said', async () => {
  renderApp('/stores');
  await userEvent.click(await screen.findByRole('button', { name: 'Add a store' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add a store' }));
  await userEvent.type(dialog.getByRole('textbox', { name: /Name/ }), 'Kirkgate');
  await userEvent.click(dialog.getByRole('button', { name: 'Add store' }));
  expect(await dialog.findByRole('alert')).toHaveTextContent('there is already a store named Kirkgate');
  await userEvent.type(dialog.getByRole('textbox', { name: /Name/ }), ' North');
  await userEvent.click(dialog.getByRole('button', { name: 'Add store' }));
  await heading('Kirkgate North');
  expect(await screen.findByText('No device in this store yet')).toBeVisible();
});

test('an address that leads nowhere says so', async () => {
  renderApp('/no/such/page');
  await heading('Page not found');
});
