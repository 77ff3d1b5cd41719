import { sessionSummary, type FeedEntry, type SessionSummary } from '../../shared/session.ts';

type Frame = readonly [event: string, data: unknown];

interface Connection {
  readonly tab: string;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Each gives its next frame, or null when it has none for now. */
  readonly sources: (() => Frame | null)[];
  turn: number;
}

interface Row {
  readonly born: number;
  summary: SessionSummary;
  readonly events: object[];
}

/**
 * A model of the server's watch endpoint with any number of sessions, graphs and connections. It sends
 * a frame when the test says so.
 */
export class WatchModel {
  /** What was asked for, in order. */
  readonly requests: URLSearchParams[] = [];
  refuse = false;
  /** Tabs that are no more: what they still ask for is never asked. */
  readonly dead = new Set<string>();
  /** Tabs that read nothing. */
  readonly stalled = new Set<string>();
  storeId = 'store-0';
  revision = 0;
  rows = new Map<string, Row>();
  #tombstones: { sessionId: string; born: number; revision: number }[] = [];
  #connections: Connection[] = [];
  #ids = 0;

  /** `fetch` as the tab has it. */
  fetch(tab: string): typeof fetch {
    return async (input, init) => {
      if (this.dead.has(tab)) return new Promise<never>(() => undefined);
      const query = new URL(input instanceof Request ? input.url : input, 'http://server')
        .searchParams;
      this.requests.push(query);
      if (this.refuse) throw new TypeError('Failed to fetch');
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          const connection: Connection = {
            ...{ tab, controller, turn: 0 },
            sources: this.#sources(query),
          };
          this.#connections.push(connection);
          init?.signal?.addEventListener('abort', () => {
            this.#remove(connection);
            controller.error(new DOMException('aborted', 'AbortError'));
          });
        },
      });
      return new Response(body);
    };
  }

  get connections(): readonly string[] {
    return this.#connections.map(({ tab }) => tab);
  }

  list(graphId: string): SessionSummary[] {
    return [...this.rows.values()]
      .map(({ summary }) => summary)
      .filter((summary) => graphId === '' || summary.graphId === graphId);
  }

  create(graphId: string): string {
    const sessionId = `s${(this.#ids += 1)}`;
    const revision = (this.revision += 1);
    const summary = sessionSummary.parse({
      ...{ sessionId, graphId, revision, status: 'running', title: 'Über alles' },
      ...{ createdAt: 1, updatedAt: 1, eventCount: 1, openPromptCount: 0, error: null },
    });
    this.rows.set(sessionId, { born: revision, summary, events: [] });
    this.append(sessionId, 1);
    return sessionId;
  }

  append(sessionId: string, count: number, text = 'gedacht – 💭'): void {
    const row = this.rows.get(sessionId);
    for (let n = 0; row !== undefined && n < count; n += 1) {
      const index = row.events.length;
      row.events.push({
        ...{ type: 'thoughtEvent', nodeId: 'n', text: `${this.storeId} ${text}` },
        ...{ index, time: index },
      });
    }
  }

  change(sessionId: string): void {
    const row = this.rows.get(sessionId);
    if (row !== undefined) row.summary = { ...row.summary, revision: (this.revision += 1) };
  }

  delete(sessionId: string): void {
    const row = this.rows.get(sessionId);
    if (row === undefined) return;
    this.rows.delete(sessionId);
    this.#tombstones.push({ sessionId, born: row.born, revision: (this.revision += 1) });
  }

  /** Another file, in which the same ids name other sessions. */
  replaceStore(): void {
    this.drop();
    this.storeId = `store-${Number(this.storeId.split('-')[1]) + 1}`;
    this.revision = 0;
    this.#tombstones = [];
    this.#ids = 0;
    this.rows = new Map();
    this.create('G');
  }

  /** Sends so many frames on a connection; each in two parts. Gives how many there were. */
  send(frames: number, pick = 0): number {
    const connection = this.#connections[pick % Math.max(1, this.#connections.length)];
    if (connection !== undefined && this.stalled.has(connection.tab)) return 0;
    for (let sent = 0; sent < frames; sent += 1) {
      const frame = connection === undefined ? null : this.#nextFrame(connection);
      if (frame === null || connection === undefined) return sent;
      const [event, data] = frame;
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      const bytes = new TextEncoder().encode(text);
      const cut = Math.floor(bytes.length / 2);
      connection.controller.enqueue(bytes.slice(0, cut));
      connection.controller.enqueue(bytes.slice(cut));
    }
    return frames;
  }

  /** Ends the connections, of a tab or of all, as a network does. */
  drop(tab?: string): void {
    for (const connection of [...this.#connections]) {
      if (tab !== undefined && connection.tab !== tab) continue;
      this.#remove(connection);
      connection.controller.error(new TypeError('network error'));
    }
  }

  #remove(connection: Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
  }

  #nextFrame(connection: Connection): Frame | null {
    const { sources } = connection;
    for (let n = 0; n < sources.length; n += 1) {
      connection.turn = (connection.turn + 1) % sources.length;
      const frame = sources[connection.turn]?.() ?? null;
      if (frame !== null) return frame;
    }
    return null;
  }

  #sources(query: URLSearchParams): (() => Frame | null)[] {
    const foreign = (query.get('store') ?? this.storeId) !== this.storeId;
    const sources = query.getAll('session').map((text) => {
      const [id = '', after = '-1'] = text.split(':');
      return this.#session(id, Number(after), foreign);
    });
    if (query.has('feed')) sources.push(this.#feed(query, foreign));
    return sources.map((source) => () => source.next().value ?? null);
  }

  *#session(id: string, from: number, foreign: boolean): Generator<Frame | null, null> {
    const row = this.rows.get(id);
    const gone: Frame = [id, { type: 'deleted', sessionId: id }];
    if (row === undefined) {
      yield gone;
      return null;
    }
    const lastIndex = row.events.length - 1;
    const { storeId } = this;
    yield [id, { type: 'start', sessionId: id, storeId, status: 'running', lastIndex }];
    let after = from;
    if (foreign || after > lastIndex) {
      after = -1;
      yield [id, { type: 'reset', reason: 'cursor', lastIndex }];
    }
    let replayed = false;
    for (;;) {
      if (this.rows.get(id) !== row) {
        yield gone;
        return null;
      }
      if (!replayed && after >= lastIndex) {
        replayed = true;
        yield [id, { type: 'replayComplete', index: after }];
      } else if (after < row.events.length - 1) {
        after += 1;
        yield [id, row.events[after]];
      } else {
        yield null;
      }
    }
  }

  *#feed(query: URLSearchParams, foreign: boolean): Generator<Frame | null, null> {
    const graphId = query.get('feed') ?? '';
    let cursor = Number(query.get('since'));
    let known = Math.max(cursor, Number(query.get('known')));
    if (foreign || cursor > this.revision) {
      cursor = 0;
      known = 0;
      yield ['reset', { reason: 'store', revision: this.revision }];
    }
    const head = this.revision;
    let marked = false;
    for (;;) {
      const next = this.#changeAfter(cursor, graphId, cursor < head ? known : cursor);
      if (!marked && (next === null || next.revision > head)) {
        marked = true;
        cursor = Math.max(cursor, head);
        yield ['snapshotComplete', { revision: head, storeId: this.storeId }];
      } else if (next === null) {
        yield null;
      } else {
        cursor = next.revision;
        yield ['sessionStatus', next];
      }
    }
  }

  #changeAfter(cursor: number, graphId: string, existedAt: number): FeedEntry | null {
    const tombstones = this.#tombstones
      .filter(({ born }) => born <= existedAt)
      .map(({ sessionId, revision }) => ({
        ...{ sessionId, revision },
        ...{ status: 'deleted' as const, createdAt: 1 },
      }));
    const [next = null] = [...this.list(graphId), ...tombstones]
      .filter(({ revision }) => revision > cursor)
      .sort((a, b) => a.revision - b.revision);
    return next;
  }
}
