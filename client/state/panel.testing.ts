import type { ApiClient } from '../api/api-client.ts';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import type { Json } from '../../shared/json.ts';
import type { SessionSummary } from '../../shared/session.ts';
import type { Navigation } from './address.ts';
import { Batch } from './batch.ts';
import { DraftStore } from './draft-store.ts';
import { memoryStore } from './memory-store.testing.ts';
import type { Desktop } from './notifier.ts';
import { Panel } from './panel.ts';
import { memoryStore as memoryPreferences } from './preference-store.testing.ts';

/** An address bar of its own. */
class ManualNavigation implements Navigation {
  readonly #entries: string[];
  #listener: () => void = () => undefined;

  constructor(query: string) {
    this.#entries = [query];
  }

  query(): string {
    return this.#entries.at(-1) ?? '';
  }

  push(query: string): void {
    this.#entries.push(query);
  }

  replace(query: string): void {
    this.#entries[this.#entries.length - 1] = query;
  }

  onMove(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = () => undefined);
  }

  href(query: string): string {
    return query;
  }

  back(): void {
    this.#entries.pop();
    this.#listener();
  }
}

/** A connection of the panel's, with what the test sends on it. */
class ManualConnection {
  readonly query: URLSearchParams;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;

  constructor(query: URLSearchParams, controller: ReadableStreamDefaultController<Uint8Array>) {
    this.query = query;
    this.#controller = controller;
  }

  send(...frames: readonly [event: string, data: Json][]): void {
    const text = frames.map(
      ([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    this.#controller.enqueue(new TextEncoder().encode(text.join('')));
  }

  /** Loses the connection. */
  cut(): void {
    this.#controller.error(new TypeError('The connection was cut.'));
  }
}

/** Lets everything that can happen without time happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A row of the list. */
export function summaryOf(sessionId: string, more: Partial<SessionSummary> = {}): SessionSummary {
  return {
    sessionId,
    graphId: 'G',
    status: 'completed',
    title: `Title of ${sessionId}`,
    createdAt: 1,
    updatedAt: 1,
    eventCount: 1,
    openPromptCount: 0,
    error: null,
    revision: 1,
    ...more,
  };
}

/** Calls of a test's own; `needs` is the list of what needs an answer. */
type Calls = Partial<ApiClient> & { readonly needs?: ApiClient['sessions'] };

/** Notifications of a test's own, and what they did. */
export class ManualDesktop implements Desktop {
  allowed: ReturnType<Desktop['permission']> = 'default';
  isHidden = false;
  readonly shown: Parameters<Desktop['show']>[0][] = [];

  permission(): ReturnType<Desktop['permission']> {
    return this.allowed;
  }

  async request() {
    return this.allowed === 'unsupported' ? 'denied' : this.allowed;
  }

  hidden(): boolean {
    return this.isHidden;
  }

  show(notification: Parameters<Desktop['show']>[0]): void {
    this.shown.push(notification);
  }
}

/** A panel over an API that the test can change, a clock that it drives and frames that it sends. */
export function makePanel(query: string, calls: Calls = {}) {
  const nothing = { sessions: [], revision: 5, storeId: 'store' };
  const timers = new ManualTimers();
  const navigation = new ManualNavigation(query);
  const connections: ManualConnection[] = [];
  const api: ApiClient = {
    graphs: async () => [{ graphId: 'G', offered: true, counts: {} }],
    sessions: async () => nothing,
    limits: async () => ({ body: 1_000_000, event: 1_000_000 }),
    status: async () => Promise.reject(new Error('The status is not known to this test.')),
    start: async () => ({ sessionId: 'started' }),
    resume: async () => undefined,
    cancel: async () => undefined,
    continue: async () => undefined,
    remove: async () => undefined,
    rename: async () => undefined,
    ...calls,
  };
  const own = { ...api };
  // What needs an answer is asked for apart from the list, over all graphs.
  api.sessions = (query) =>
    query.graphId === undefined
      ? (calls.needs ?? (async () => nothing))(query)
      : own.sessions(query);
  const fetchWatch: typeof fetch = async (input, init) => {
    const parameters = new URL(input instanceof Request ? input.url : input, 'http://server')
      .searchParams;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        connections.push(new ManualConnection(parameters, controller));
        init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
      },
    });
    return new Response(body);
  };
  let keys = 0;
  const desktop = new ManualDesktop();
  const store = memoryStore();
  const preferences = memoryPreferences();
  const panel = new Panel({
    api,
    fetch: fetchWatch,
    timers,
    batch: new Batch((run) => void Promise.resolve().then(run)),
    navigation,
    newKey: () => `key-${(keys += 1)}`,
    drafts: new DraftStore(
      () => store,
      () => timers.now(),
    ),
    desktop,
    store: preferences,
  });
  return { panel, timers, navigation, connections, desktop, store, preferences };
}
