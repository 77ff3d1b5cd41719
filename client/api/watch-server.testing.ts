import { sessionSummary, type SessionSummary } from '../../shared/session.ts';

type Connection = {
  controller: ReadableStreamDefaultController<Uint8Array>;
  query: URLSearchParams;
};

/**
 * A model of the server's watch endpoint: one session and a feed, sent only when the test says so and
 * cut wherever it likes, in the middle of a character if need be.
 */
export class WatchServer {
  readonly requests: URLSearchParams[] = [];
  events: { type: string; index: number; time: number; [key: string]: unknown }[] = [];
  summaries: SessionSummary[] = [];
  refuse = false;
  refusal: { status: number; error: string } | null = null;
  /** An index that the next delivery leaves out. */
  skipOnce: number | null = null;
  #storeId = 'store';
  readonly #sessionId: string;
  #connection: Connection | null = null;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const query = new URL(input instanceof Request ? input.url : input, 'http://server')
      .searchParams;
    this.requests.push(query);
    if (this.refuse) throw new TypeError('Failed to fetch');
    if (this.refusal !== null) {
      const { status, error } = this.refusal;
      return Response.json({ error, code: 'unauthorized' }, { status });
    }
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#connection = { controller, query };
        init?.signal?.addEventListener('abort', () => {
          if (this.#connection?.controller === controller) this.#connection = null;
          controller.error(new DOMException('aborted', 'AbortError'));
        });
      },
    });
    return new Response(body);
  };

  append(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const index = this.events.length;
      this.events.push(
        index === 0
          ? {
              type: 'graphStart',
              index,
              time: index,
              sessionId: this.#sessionId,
              graphId: 'G',
              mode: 'interactive',
              graph: { nodes: [{ id: 'n', type: 't' }], edges: [] },
            }
          : {
              type: 'thoughtEvent',
              index,
              time: index,
              nodeId: 'n',
              text: `gedacht – ${index} 💭`,
            },
      );
    }
  }

  /** Each change is of a session of its own, so that none coalesces. */
  change(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const revision = this.summaries.length + 1;
      this.summaries.push(
        sessionSummary.parse({
          sessionId: `session-${revision}`,
          graphId: 'G',
          status: 'running',
          title: 'Über alles',
          createdAt: revision,
          updatedAt: revision,
          eventCount: 1,
          openPromptCount: 0,
          error: null,
          revision,
        }),
      );
    }
  }

  replaceStore(storeId: string): void {
    this.#storeId = storeId;
    this.events = [];
    this.summaries = [];
  }

  /** Sends the first `cut` bytes of what the connection has to say, in chunks of these sizes. */
  deliver(cut: number, chunks: readonly number[]): void {
    const connection = this.#connection;
    if (connection === null) return;
    const bytes = new TextEncoder().encode(this.#text(connection.query)).slice(0, cut);
    for (let at = 0, n = 0; at < bytes.length; n += 1) {
      const size = chunks[n % chunks.length] ?? 1;
      connection.controller.enqueue(bytes.slice(at, at + size));
      at += size;
    }
  }

  /** Ends the connection as a network does. */
  drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.controller.error(new TypeError('network error'));
  }

  #text(query: URLSearchParams): string {
    const [id, after = '-1'] = (query.get('session') ?? '').split(':');
    const foreign = (query.get('store') ?? this.#storeId) !== this.#storeId;
    const session = id === '' || id === undefined ? [] : this.#session(id, Number(after), foreign);
    const feed = query.has('feed') ? this.#feed(Number(query.get('since')), foreign) : [];
    const frames: [string, unknown][] = [];
    // Frames of both arrive in turns, as they would.
    for (let n = 0; n < Math.max(session.length, feed.length); n += 1) {
      frames.push(...[session[n], feed[n]].filter((frame) => frame !== undefined));
    }
    const lines = frames.map(
      ([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    return `retry: 1000\n: keep-alive\n\n${lines.join(': keep-alive\n\n')}`;
  }

  #session(id: string, after: number, foreign: boolean): [string, unknown][] {
    if (id !== this.#sessionId) return [[id, { type: 'deleted', sessionId: id }]];
    const lastIndex = this.events.length - 1;
    const from = foreign || after > lastIndex ? -1 : after;
    const skipped = this.skipOnce;
    this.skipOnce = null;
    const control: [string, unknown][] = [
      [id, { type: 'start', sessionId: id, storeId: this.#storeId, status: 'running', lastIndex }],
    ];
    if (from !== after) control.push([id, { type: 'reset', reason: 'cursor', lastIndex }]);
    return [
      ...control,
      ...this.events
        .filter(({ index }) => index > from && index !== skipped)
        .map((event): [string, unknown] => [id, event]),
      [id, { type: 'replayComplete', index: lastIndex }],
    ];
  }

  #feed(since: number, foreign: boolean): [string, unknown][] {
    const revision = this.summaries.length;
    return [
      ...(foreign ? [['reset', { reason: 'store', revision }] satisfies [string, unknown]] : []),
      ...this.summaries
        .filter((summary) => foreign || summary.revision > since)
        .map((summary): [string, unknown] => ['sessionStatus', summary]),
      ['snapshotComplete', { revision, storeId: this.#storeId }],
    ];
  }
}
