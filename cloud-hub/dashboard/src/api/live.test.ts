import { expect, test, vi } from 'vitest';
import { makeStore } from '../app/store';
import { headOf, STORE } from '../testing/world';
import { withFakeHub } from '../testing/render';
import { api } from './index';
import { LiveCache } from './live';
import type { ServerEvent } from './sse';

const here = withFakeHub();
const event = (name: string, data: unknown): ServerEvent => ({ id: null, event: name, data: JSON.stringify(data) });

async function watched() {
  const store = makeStore();
  const receipts = { id: STORE.fore, limit: 50 };
  const filtered = { id: STORE.fore, limit: 50, terminal: 'till-9' };
  const sensors = { id: STORE.fore };
  await Promise.all([
    store.dispatch(api.endpoints.receipts.initiate(receipts)),
    store.dispatch(api.endpoints.receipts.initiate(filtered)),
    store.dispatch(api.endpoints.sensors.initiate(sensors)),
    store.dispatch(api.endpoints.kpis.initiate({})),
  ]);
  const frames: (() => void)[] = [];
  const live = new LiveCache(store, (run) => frames.push(run));
  const draw = () => frames.splice(0).forEach((run) => run());
  return {
    store, live, frames, draw,
    receipts: () => api.endpoints.receipts.select(receipts)(store.getState()).data?.receipts ?? [],
    filtered: () => api.endpoints.receipts.select(filtered)(store.getState()).data?.receipts ?? [],
    sensor: (id: string) => api.endpoints.sensors.select(sensors)(store.getState()).data?.sensors.find((each) => each.id === id),
  };
}

test('a sale stands on top of the list at once, once, and only where the filter lets it', async () => {
  const page = await watched();
  const before = page.receipts().length;
  const sale = { store_id: STORE.fore, receipt: headOf(here.hub.world.ring(STORE.fore)) };
  page.live.push([event('sale', sale)]);
  page.live.push([event('sale', sale)]);
  expect(page.frames.length).toBe(1);
  expect(page.receipts().length).toBe(before);
  page.draw();
  expect(page.receipts()[0]?.id).toBe(sale.receipt.id);
  expect(page.receipts().length).toBe(before + 1);
  expect(page.filtered()).toEqual([]);
  page.live.stop();
});

test('a hundred sales ask for the figures once, and add nothing up', async () => {
  const page = await watched();
  const asked = () => here.hub.log.filter((line) => line.startsWith('GET /kpis')).length;
  const before = asked();
  for (let at = 0; at < 100; at++) {
    page.live.push([event('sale', { store_id: STORE.fore, receipt: headOf(here.hub.world.ring(STORE.fore)) })]);
    page.draw();
  }
  await vi.waitFor(() => expect(asked()).toBe(before + 1));
  await new Promise((done) => setTimeout(done, 300));
  expect(asked()).toBe(before + 1);
  page.live.stop();
});

test('a reading moves its tile forward, never back', async () => {
  const page = await watched();
  const seen = page.sensor('fridge-2.air')?.latest?.at ?? '';
  const later = new Date(Date.parse(seen) + 5_000).toISOString();
  const earlier = new Date(Date.parse(seen) - 5_000).toISOString();
  const reading = (at: string, value: number) => event('readings', { store_id: STORE.fore, readings: [{ sensor: 'fridge-2.air', at, value, quality: 'good' }] });
  page.live.push([reading(later, 6.5)]);
  page.draw();
  expect(page.sensor('fridge-2.air')?.latest).toEqual({ at: later, value: 6.5, quality: 'good' });
  page.live.push([reading(earlier, 1)]);
  page.draw();
  expect(page.sensor('fridge-2.air')?.latest?.value).toBe(6.5);
  page.live.stop();
});

test('a gap asks everything again; what is not JSON breaks nothing', async () => {
  const page = await watched();
  const before = here.hub.log.length;
  page.live.push([{ id: null, event: 'sale', data: '<html>' }, { id: null, event: 'unheard-of', data: '{}' }, event('gap', {})]);
  page.draw();
  await vi.waitFor(() => expect(here.hub.log.length).toBeGreaterThanOrEqual(before + 4));
  expect(page.receipts().length).toBeGreaterThan(0);
  page.live.stop();
});
