import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Hono } from 'hono';
import type { SessionStatus } from '../../shared/session.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { SessionFacts, Store } from '../store/store.ts';
import { createStreams, type Streams } from './create-streams.ts';

/** A store with a log that tests write by hand. */
export class Log {
  readonly store: Store;
  readonly #lengths = new Map<string, number>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Creates a session with one event. */
  async create(sessionId: string, graphId = 'G'): Promise<void> {
    await this.store.create(
      {
        sessionId,
        graphId,
        graph: { nodes: [], edges: [] },
        mode: 'interactive',
        runner: 'server',
        inputs: {},
        title: sessionId,
        createdAt: 1,
        nodeTypes: [],
      },
      { sessionId, ...this.#stamp(sessionId, [0]), facts: facts('running') },
    );
  }

  /** Appends events of so many bytes each; with a status, the last of them changes it. */
  async append(sessionId: string, sizes: readonly number[], status?: SessionStatus): Promise<void> {
    await this.store.append({
      sessionId,
      ...this.#stamp(sessionId, sizes),
      facts: status === undefined ? null : facts(status),
    });
  }

  /** How many events the session has. */
  length(sessionId: string): number {
    return this.#lengths.get(sessionId) ?? 0;
  }

  #stamp(sessionId: string, sizes: readonly number[]) {
    const first = this.length(sessionId);
    this.#lengths.set(sessionId, first + sizes.length);
    const events = sizes.map((size, offset) => ({
      index: first + offset,
      time: 1,
      type: 'thoughtEvent',
      nodeId: 'n',
      journal: 'none' as const,
      json: eventJson(sessionId, first + offset, size),
    }));
    return { events };
  }
}

/** The JSON of the event at `index`, with a text of `size` bytes. */
export function eventJson(sessionId: string, index: number, size = 0): string {
  const text = `${sessionId} ${index} ${'x'.repeat(size)}`;
  return JSON.stringify({ type: 'thoughtEvent', nodeId: 'n', text, index, time: 1 });
}

function facts(status: SessionStatus): SessionFacts {
  return {
    status,
    openPrompts: [],
    openPromptCount: 0,
    turn: { id: 0, prompt: null, startedAt: 1 },
    error: null,
    lostContactAt: null,
    needsRunner: false,
    nextWakeAt: null,
  };
}

export interface Harness extends AsyncDisposable {
  readonly store: Store;
  readonly log: Log;
  readonly streams: Streams;
  readonly port: number;
  /** What went wrong in a stream. */
  readonly errors: unknown[];
  /** Ends the streams, as a server that stops does. */
  readonly stop: () => void;
  /** Opens a stream of `/session/ID`, `/feed` or `/watch`. */
  connect(path: string): Promise<Reader>;
}

export interface HarnessOptions {
  readonly keepAliveMs?: number;
  readonly keepTombstones?: number;
  /** Stands between the streams and the store. */
  readonly through?: (store: Store) => Store;
}

/** Streams over a store in memory, served on a free port. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { keepAliveMs, keepTombstones, through = (same: Store) => same } = options;
  const store = await openSqliteStore({
    file: ':memory:',
    ...(keepTombstones === undefined ? {} : { keepTombstones }),
  });
  const errors: unknown[] = [];
  const stopping = new AbortController();
  const streams = createStreams({
    store: through(store),
    logger: { error: (fields: unknown) => errors.push(fields) },
    signal: stopping.signal,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  });
  const answer = getRequestListener(routes(streams).fetch);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    store,
    log: new Log(store),
    streams,
    port,
    errors,
    stop: () => stopping.abort(),
    connect: (path) => connect(`http://127.0.0.1:${port}${path}`),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

/** The least of routes: what a request says is taken as it is. */
function routes(streams: Streams): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    c.header('X-Before', 'yes');
    await next();
    c.header('X-After', 'yes');
  });
  app.get('/session/:id', (c) =>
    streams.session(c, {
      sessionId: c.req.param('id'),
      after: Number(c.req.query('after') ?? -1),
      store: c.req.query('store'),
    }),
  );
  const since = (text: string | undefined) => (text === undefined ? null : Number(text));
  app.get('/feed', (c) =>
    streams.feed(c, {
      graphId: c.req.query('graphId'),
      since: since(c.req.query('since')),
      store: c.req.query('store'),
    }),
  );
  app.get('/watch', (c) =>
    streams.watch(c, {
      ...(c.req.query('feed') === undefined
        ? {}
        : {
            feed: {
              graphId: c.req.query('feed'),
              since: since(c.req.query('since')),
              known: since(c.req.query('known')) ?? undefined,
            },
          }),
      sessions: (c.req.queries('session') ?? []).map((text) => {
        const [sessionId = '', after = '-1'] = text.split(':');
        return { sessionId, after: Number(after) };
      }),
      store: c.req.query('store'),
    }),
  );
  return app;
}

/** What a stream sent, frame by frame. */
export class Reader {
  readonly response: IncomingMessage;
  /** All bytes so far, as text. */
  raw = '';
  readonly frames: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  /** Resolves when the stream is over; true when the server ended it, false when it was cut. */
  readonly ended: Promise<boolean>;
  #changed: () => void = () => {};

  constructor(response: IncomingMessage) {
    this.response = response;
    const parser = createParser({
      onEvent: (event) => this.frames.push(event),
      onComment: (comment) => this.comments.push(comment),
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.raw += text;
      parser.feed(text);
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      response.on('error', () => {});
      response.on('close', () => {
        resolve(response.complete);
        this.#changed();
      });
    });
  }

  /** Resolves once `condition` holds. @throws Error when the stream is over before that */
  async until(condition: (reader: this) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.response.closed) throw new Error(`The stream ended:\n${this.raw}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** The frames so far, once there are `count`: `id|event|data`, without an id `event|data`. */
  async lines(count: number): Promise<string[]> {
    await this.until(({ frames }) => frames.length >= count);
    return this.frames.map(({ id, event, data }) =>
      [...(id === undefined ? [] : [id]), event, data].join('|'),
    );
  }

  close(): void {
    this.response.destroy();
  }
}

/** Opens a stream. */
export function connect(url: string): Promise<Reader> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(new Reader(response))).on('error', reject);
  });
}
