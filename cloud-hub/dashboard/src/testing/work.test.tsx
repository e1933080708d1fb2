import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { PASSWORD } from './fakeHub';
import { renderApp, withFakeHub } from './render';
import { PEOPLE } from './fakeOffice';
import { STORE } from './world';

const here = withFakeHub();
const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));
const chosen = async (label: string | RegExp, option: string, inside = screen as Pick<typeof screen, 'getByRole'>) => {
  await userEvent.click(inside.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};

test('a report: asked for with its store and file, watched until it is there, with rows and control totals', async () => {
  renderApp('/reports');
  await userEvent.click(await screen.findByRole('button', { name: 'Make report: Weekly chain report' }));
  const form = await dialog('Weekly chain report');
  expect(form.getByLabelText('Last day of the week')).toBeVisible();
  await chosen('Store', 'Kirkgate', form);
  await chosen('File', 'Excel', form);
  await userEvent.click(form.getByRole('button', { name: 'Make report' }));
  const job = await dialog('Weekly chain report');
  expect(here.hub.work.jobs[0]?.input).toMatchObject({ kind: 'weekly_chain', format: 'xlsx', store_ids: [STORE.kirkgate], day: null });
  expect(await job.findByText(/Kirkgate · Excel/)).toBeVisible();
  // The list and the open job ask on their own, until the job has ended.
  expect(await job.findByText('weekly_chain-2026-11-20.xlsx', {}, { timeout: 14_000 })).toBeVisible();
  expect(job.getByRole('row', { name: /Net sales Revenue 18,213.4 GBP/ })).toBeVisible();
  expect(job.getByText('Castle Park has not sent since 10:24.')).toBeVisible();
  expect(job.getByRole('button', { name: 'Download Weekly chain report' })).toBeVisible();
}, 20_000);

test('a file goes to the browser under the name that the hub gave it', async () => {
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
    names.push(this.download);
  });
  renderApp('/jobs?kind=report&state=done');
  await userEvent.click((await screen.findAllByRole('button', { name: 'Download Daily store brief' }))[0] as HTMLElement);
  await waitFor(() => expect(names).toEqual(['daily_store_brief-2026-11-20.pdf']));
});

test('an export asks for a fresh factor and goes on by itself', async () => {
  here.hub.office.fresh = false;
  renderApp('/reports/exports');
  await screen.findByText('Export: Ticket lines');
  await chosen('Rows', 'Products');
  // The catalog has no days.
  expect(screen.queryByLabelText('From')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Export' }));
  const factor = await dialog('Confirm that it is you');
  await userEvent.type(factor.getByLabelText('Password'), `${PASSWORD}{Enter}`);
  await dialog('Export: Products');
  expect(here.hub.work.jobs[0]?.input).toMatchObject({ kind: 'products', format: 'csv', store_ids: [] });
});

test('a period that ends before it begins is not sent', async () => {
  renderApp('/reports/exports');
  await screen.findByText('Export: Ticket lines');
  const before = here.hub.work.jobs.length;
  const { fireEvent } = await import('@testing-library/react');
  fireEvent.change(screen.getByLabelText('From'), { target: { value: '2026-02-02' } });
  fireEvent.change(screen.getByLabelText('To'), { target: { value: '2026-02-01' } });
  expect(screen.getByText('This lies before the start.')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Export' }));
  expect(here.hub.work.jobs).toHaveLength(before);
});

test('jobs say how far they are, what is left, and which of them stand still', async () => {
  renderApp('/jobs');
  const running = await screen.findByRole('row', { name: /Ticket lines/ });
  expect(running).toHaveTextContent('412,000 of 1,000,000 rows');
  expect(running).toHaveTextContent(/for 1 min [3-5]\d sec/);
  expect(running).toHaveTextContent(/about (1|2) min (\d+ sec )?left/);
  expect(within(running).getByRole('progressbar', { name: 'Progress of Export: Ticket lines' })).toHaveAttribute('aria-valuenow', '41');
  const still = screen.getByRole('row', { name: /Sales by day/ });
  expect(still).toHaveTextContent(/Stalled.*It last got further 9 min/);
  await waitFor(() => expect(still).toHaveTextContent('Ana Silva'));
  expect(screen.getByRole('row', { name: /Check of the figures/ })).toHaveTextContent(/The next attempt is at .*the hub/);
});

test('a job is opened by its address, says why it failed, and one that runs is cancelled', async () => {
  const failed = here.hub.work.jobs.find((job) => job.state === 'failed')?.id;
  renderApp(`/jobs?job=${failed}`);
  const shown = await dialog('Shrink and exceptions');
  expect(shown.getByText(/does not hold sales.read any more \(5 attempts failed\)/)).toBeVisible();
  expect(shown.queryByRole('button', { name: 'Cancel the job' })).toBeNull();
  await userEvent.click(shown.getByRole('button', { name: 'Close' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Details of Export: Ticket lines' }));
  const open = await dialog('Export: Ticket lines');
  await userEvent.click(await open.findByRole('button', { name: 'Cancel the job' }));
  await waitFor(() => expect(open.getAllByText('Cancelled').length).toBeGreaterThan(0));
});

test('who may not cancel is not offered to, and the filter is kept in the address', async () => {
  here.hub.office.become('viewer');
  renderApp('/jobs?state=queued&kind=export');
  expect(await screen.findByText('No job is like that')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Clear filter' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Details of Export: Ticket lines' }));
  const open = await dialog('Export: Ticket lines');
  await open.findByText('412,000 of 1,000,000 rows', { exact: false });
  expect(open.queryByRole('button', { name: 'Cancel the job' })).toBeNull();
});

test('older jobs hang on below', async () => {
  renderApp('/jobs');
  await screen.findByRole('row', { name: /Ticket lines/ });
  expect(document.querySelectorAll('[data-row]')).toHaveLength(25);
  await userEvent.click(screen.getByRole('button', { name: 'Show older' }));
  await waitFor(() => expect(document.querySelectorAll('[data-row]')).toHaveLength(36));
});

test('a schedule in words: made in the zone of its store, changed, paused and resumed', async () => {
  renderApp('/reports/schedules');
  const brief = await screen.findByRole('row', { name: /Brief at six/ });
  expect(brief).toHaveTextContent(/Every day at .*6:00.*Europe\/London/);
  expect(screen.getByRole('row', { name: /Chain on Mondays/ })).toHaveTextContent(/Every Monday at .*7:30.*Paused/);
  expect(screen.getByRole('row', { name: /Fridges/ })).toHaveTextContent('15 */6 * * *');
  await userEvent.click(screen.getByRole('button', { name: 'Plan a report' }));
  const form = await dialog('Plan a report');
  await userEvent.click(form.getByRole('button', { name: 'Plan report' }));
  expect(form.getByText('Give the schedule a name.')).toBeVisible();
  await userEvent.type(form.getByRole('textbox', { name: /Name/ }), 'Tills on Fridays');
  await chosen('How often', 'Every week', form);
  await chosen('On', 'Friday', form);
  const attach = form.getByRole('checkbox', { name: 'The file goes with the mail' });
  expect(attach).toBeDisabled();
  await userEvent.click(form.getByRole('checkbox', { name: 'Me' }));
  expect(attach).toBeChecked();
  await userEvent.click(form.getByRole('button', { name: 'Plan report' }));
  const row = await screen.findByRole('row', { name: /Tills on Fridays/ });
  expect(row).toHaveTextContent('Mewith the file in the mail');
  expect(here.hub.work.schedules.find((each) => each.name === 'Tills on Fridays')).toMatchObject({ kind: 'report', pattern: '0 6 * * FRI', timezone: 'Europe/London', input: { kind: 'daily_store_brief', format: 'pdf' }, deliver_to: [PEOPLE.maya], attach: true });
  await userEvent.click(within(row).getByRole('button', { name: 'Pause Tills on Fridays' }));
  await waitFor(() => expect(row).toHaveTextContent('Paused'));
  await userEvent.click(within(row).getByRole('button', { name: 'Resume Tills on Fridays' }));
  await waitFor(() => expect(row).not.toHaveTextContent('Paused'));
  await userEvent.click(within(row).getByRole('button', { name: 'Delete Tills on Fridays' }));
  await userEvent.click((await dialog('Delete Tills on Fridays?')).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByText('Tills on Fridays')).toBeNull());
});

test('a schedule that somebody else changed meanwhile is not overwritten, and a wrong zone is named', async () => {
  renderApp('/reports/schedules');
  await userEvent.click(await screen.findByRole('button', { name: 'Change Brief at six' }));
  const form = await dialog('Change the schedule');
  const zone = await form.findByLabelText('Time zone');
  await userEvent.clear(zone);
  await userEvent.type(zone, 'Londn');
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByText(/Londn is not an IANA time zone/)).toBeVisible();
  const brief = here.hub.work.schedules[0];
  if (brief) Object.assign(brief, { name: 'Brief at seven', version: brief.version + 1 });
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  expect(await form.findByText(/Somebody else changed this schedule meanwhile/)).toBeVisible();
  expect(brief?.timezone).toBe('Europe/London');
});

test('who may not write schedules reads them', async () => {
  here.hub.office.become('viewer');
  renderApp('/reports/schedules');
  await screen.findByRole('row', { name: /Brief at six/ });
  expect(screen.queryByRole('button', { name: /Plan|Pause|Change|Delete/ })).toBeNull();
  // Exports are not a viewer's.
  expect(screen.queryByRole('link', { name: 'Exports' })).toBeNull();
});
