import { backoffMs, STALE_AFTER_MS, type LinkFacts } from './link';
import { renewSession } from './session';
import { EventParser, type ServerEvent } from './sse';

export interface StreamOptions {
  url: string;
  onEvents: (events: ServerEvent[]) => void;
  onFacts: (facts: LinkFacts) => void;
  /** The session is gone: no retry will help. */
  onUnauthorized: () => void;
}

/**
 * The one live connection to the hub. It resumes by `Last-Event-ID`, notices a half-open link by missing heartbeats
 * and comes back by itself. `fetch` is used rather than `EventSource` because the latter hides heartbeats and gives up
 * on any answer that is not 200.
 */
export class EventStream {
  private facts: LinkFacts = { phase: 'idle', heardAt: null, lostAt: null, retryAt: null };
  private lastId: string | null = null;
  private attempt = 0;
  private abort: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private watchdog: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    if (this.facts.phase !== 'idle') return;
    this.watchdog = setInterval(() => this.watch(), 5_000);
    globalThis.addEventListener?.('online', this.retryNow);
    void this.connect();
  }

  stop(): void {
    globalThis.removeEventListener?.('online', this.retryNow);
    if (this.watchdog) clearInterval(this.watchdog);
    if (this.timer) clearTimeout(this.timer);
    this.watchdog = this.timer = null;
    this.abort?.abort();
    this.abort = null;
    this.lastId = null;
    this.attempt = 0;
    this.set({ phase: 'idle', heardAt: null, lostAt: null, retryAt: null });
  }

  /** Also what the "retry now" button calls. A live link is left alone. */
  readonly retryNow = (): void => {
    if (this.facts.phase === 'closed') {
      if (this.timer) clearTimeout(this.timer);
      this.timer = null;
      void this.connect();
    }
  };

  private async connect(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.set({ phase: 'connecting', retryAt: null });
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.lastId !== null) headers['last-event-id'] = this.lastId;
      const response = await fetch(this.options.url, {
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: abort.signal,
      });
      if (response.status === 401 && !(await renewSession()) && this.abort === abort) {
        this.options.onUnauthorized();
        return;
      }
      if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
      this.attempt = 0;
      this.set({ phase: 'open', heardAt: Date.now(), lostAt: null });
      await this.read(response.body);
    } catch {
      // Every cause ends the same way: wait, then try again. Which one it was changes nothing for the viewer.
    }
    if (this.abort === abort) this.lost();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard();
      const events = parser.push(decoder.decode(value, { stream: true }));
      for (const event of events) if (event.id !== null) this.lastId = event.id;
      if (events.length > 0) this.options.onEvents(events);
    }
  }

  /** Bytes may come hundreds of times a second; the page only needs to know to the second. */
  private heard(): void {
    const now = Date.now();
    if (now - (this.facts.heardAt ?? 0) >= 1_000) this.set({ heardAt: now });
  }

  private lost(): void {
    this.abort?.abort();
    this.abort = null;
    const wait = backoffMs(this.attempt++, Math.random());
    this.set({ phase: 'closed', lostAt: this.facts.lostAt ?? Date.now(), retryAt: Date.now() + wait });
    this.timer = setTimeout(() => void this.connect(), wait);
  }

  /** A link that says nothing for a minute is dead, whatever the socket believes. */
  private watch(): void {
    const { phase, heardAt } = this.facts;
    if (phase === 'open' && heardAt !== null && Date.now() - heardAt > STALE_AFTER_MS) this.lost();
  }

  private set(change: Partial<LinkFacts>): void {
    this.facts = { ...this.facts, ...change };
    this.options.onFacts(this.facts);
  }
}
