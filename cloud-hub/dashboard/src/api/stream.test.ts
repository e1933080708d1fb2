import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LinkFacts } from './link';
import type { ServerEvent } from './sse';
import { EventStream } from './stream';

interface Call {
  url: string;
  lastId: string | null;
  say: (text: string) => void;
  end: () => void;
}

let calls: Call[] = [];
let answer: (url: string) => 'open' | 'refuse' | number = () => 'open';
let events: ServerEvent[] = [];
let facts: LinkFacts | null = null;
let ended = 0;
let stream: EventStream;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  calls = [];
  events = [];
  ended = 0;
  answer = () => 'open';
  vi.stubGlobal('fetch', async (input: string | URL, init?: RequestInit) => {
    const url = String(input);
    const call: Call = { url, lastId: (init?.headers as Record<string, string> | undefined)?.['last-event-id'] ?? null, say: () => {}, end: () => {} };
    calls.push(call);
    const kind = answer(url);
    if (kind === 'refuse') throw new TypeError('network');
    if (typeof kind === 'number') return { status: kind, ok: kind < 300, body: null };
    const queue: Uint8Array[] = [];
    let wake: (() => void) | null = null;
    let over = false;
    call.say = (text) => {
      queue.push(new TextEncoder().encode(text));
      wake?.();
    };
    call.end = () => {
      over = true;
      wake?.();
    };
    const read = async (): Promise<{ done: boolean; value?: Uint8Array }> => {
      while (queue.length === 0 && !over) await new Promise<void>((done) => (wake = done));
      const value = queue.shift();
      return value ? { done: false, value } : { done: true };
    };
    return { status: 200, ok: true, body: { getReader: () => ({ read }) } };
  });
  stream = new EventStream({
    url: 'http://hub/api/v1/stream',
    onEvents: (batch) => events.push(...batch),
    onFacts: (each) => (facts = each),
    onUnauthorized: () => ended++,
  });
});

afterEach(() => {
  stream.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test('after a cut it goes on behind the last event it saw', async () => {
  stream.start();
  await settle();
  calls[0]?.say('id: h-7\nevent: sale\ndata: {}\n\n');
  await settle();
  expect(events.map((event) => event.id)).toEqual(['h-7']);
  calls[0]?.end();
  await settle();
  expect(facts?.phase).toBe('closed');
  expect(facts?.lostAt).not.toBeNull();
  await vi.advanceTimersByTimeAsync(600);
  expect(calls[1]?.lastId).toBe('h-7');
  expect(facts).toMatchObject({ phase: 'open', lostAt: null });
});

test('while the hub is away it waits longer each time, up to 15 seconds, and remembers since when', async () => {
  answer = () => 'refuse';
  stream.start();
  await settle();
  const since = facts?.lostAt;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(calls.length).toBeGreaterThan(8);
  expect(calls.length).toBeLessThan(16);
  expect(facts?.lostAt).toBe(since);
});

test('the retry button does not wait', async () => {
  answer = () => 'refuse';
  stream.start();
  await vi.advanceTimersByTimeAsync(20_000);
  const before = calls.length;
  answer = () => 'open';
  stream.retryNow();
  await settle();
  expect(calls.length).toBe(before + 1);
  expect(facts?.phase).toBe('open');
});

test('a half-open link, which says nothing for a minute, is given up and replaced', async () => {
  stream.start();
  await settle();
  for (let beat = 0; beat < 8; beat++) {
    await vi.advanceTimersByTimeAsync(15_000);
    calls[0]?.say(': alive\n\n');
  }
  expect(calls.length).toBe(1);
  await vi.advanceTimersByTimeAsync(70_000);
  expect(calls.length).toBe(2);
});

test('an expired cookie is renewed and the stream goes on; without a session it ends', async () => {
  let good = false;
  answer = (url) => {
    if (url.endsWith('/auth/refresh')) {
      good = true;
      return 200;
    }
    return good ? 'open' : 401;
  };
  stream.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(facts?.phase).toBe('open');
  expect(ended).toBe(0);
  stream.stop();
  answer = () => 401;
  stream.start();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ended).toBe(1);
});

test('when stopped it is silent', async () => {
  stream.start();
  await settle();
  stream.stop();
  const before = calls.length;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(calls.length).toBe(before);
});
