import type { ApiClient } from '../api/api-client.ts';
import { ManualTimers } from '../api/manual-timers.testing.ts';
import type { Json } from '../../shared/json.ts';
import type { SessionSummary } from '../../shared/session.ts';
import type { Navigation } from './address.ts';
import { Batch } from './batch.ts';
import { DraftStore } from './draft-store.ts';
import { memoryStore } from './memory-store.testing.ts';
import { Panel } from './panel.ts';

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

/** A panel over an API that the test can change, a clock that it drives and frames that it sends. */
export function makePanel(query: string, calls: Partial<ApiClient> = {}) {
  const timers = new ManualTimers();
  const navigation = new ManualNavigation(query);
  const connections: ManualConnection[] = [];
  const api: ApiClient = {
    graphs: async () => [{ graphId: 'G', offered: true, counts: {} }],
    sessions: async () => ({ sessions: [], revision: 5, storeId: 'store' }),
    limits: async () => ({ body: 1_000_000, event: 1_000_000 }),
    status: async () => Promise.reject(new Error('The status is not known to this test.')),
    start: async () => ({ sessionId: 'started' }),
    resume: async () => undefined,
    cancel: async () => undefined,
    remove: async () => undefined,
    ...calls,
  };
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
  const store = memoryStore();
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
  });
  return { panel, timers, navigation, connections };
}
