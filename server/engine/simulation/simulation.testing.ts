// Longer than most: a whole world, server, network and people, and what must hold in it.
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import type { SessionEvent } from '../../../shared/event.ts';
import type { GraphDescriptor } from '../../../shared/graph.ts';
import type { Json } from '../../../shared/json.ts';
import { feedEntry, isFinal, type FeedEntry } from '../../../shared/session.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { openSqliteStore } from '../../store/sqlite-store.ts';
import type { Store } from '../../store/store.ts';
import { FEED_TOPIC, feedStep, type FeedPage } from '../../stream/feed-step.ts';
import { PageCache } from '../../stream/page-cache.ts';
import { sessionStep, type SessionPage } from '../../stream/session-step.ts';
import { feedStreamFrames, streamFrames } from '../../stream/sse.ts';
import { tail } from '../../stream/tail.ts';
import { WakeUps } from '../../stream/wake-ups.ts';
import { createEngine } from '../create-engine.ts';
import type { Engine, IdempotencyKey } from '../engine.ts';
import { starting } from '../engine.testing.ts';
import { faultsOfLog } from './check-log.testing.ts';
import { Disk, DiskError, noFaults, type DiskFaults } from './disk.testing.ts';
import { Laboratory } from './laboratory.testing.ts';
import { answerTo, anyProgram, programHandler } from './program.testing.ts';
import { Random } from './random.testing.ts';
import { Scheduler, type Life } from './scheduler.testing.ts';

export interface SimulationResult {
  /** What happened, a line each. */
  readonly trace: readonly string[];
  /** What should not have; none if all is well. */
  readonly problems: readonly string[];
}

/** A run that takes longer is one that never ends. */
const MOST_STEPS = 60_000;

/**
 * Runs one world to its end: people and readers over a lossy network, an engine that dies and comes
 * back, a disk that fails. Everything follows from the seed.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  let now = () => 0;
  const store = await openSqliteStore({ file: ':memory:', now: () => now() });
  try {
    const world = new World(seed, store);
    now = () => world.now;
    await world.run();
    return { trace: world.trace, problems: world.problems };
  } finally {
    await store.close();
  }
}

/** How much goes wrong in one world, so that each kind of trouble also comes alone. */
interface Weather {
  readonly crashes: number;
  readonly crash: number;
  readonly deathAfterCommit: number;
  readonly lostMessage: number;
  readonly disconnect: number;
  readonly disk: DiskFaults;
  readonly parkAfterMs: number;
  readonly haste: number;
}

function anyWeather(random: Random): Weather {
  const sometimes = (value: number) => (random.chance(0.5) ? value : 0);
  return {
    crashes: random.pick([0, 1, 3]),
    crash: random.pick([0.002, 0.02]),
    deathAfterCommit: random.pick([0, 0.02, 0.1]),
    lostMessage: sometimes(0.15),
    disconnect: sometimes(0.05),
    disk: {
      failedCommit: sometimes(random.pick([0.01, 0.05])),
      failedDeletion: sometimes(0.5),
      doubtfulCommit: sometimes(0.02),
      failedRead: sometimes(0.03),
    },
    parkAfterMs: random.pick([0, 5, 1000, 60_000]),
    haste: random.pick([0, 0.05, 0.3]),
  };
}

/** One process of the server. */
interface Server {
  readonly life: Life;
  readonly engine: Engine;
  readonly store: Store;
  readonly wakeUps: WakeUps;
  readonly pages: PageCache<SessionPage>;
  readonly feedPages: PageCache<FeedPage>;
  /** Ends with the process. */
  readonly end: AbortController;
  /** Whether it takes requests. */
  ready: boolean;
}

/** What came of a request. */
type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'failed' }
  /** Nobody knows. */
  | { readonly kind: 'lost' };

class World {
  readonly problems: string[] = [];
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #disk: Disk;
  readonly #laboratory: Laboratory;
  readonly #store: Store;
  readonly #weather: Weather;
  readonly #programs: readonly unknown[];
  #server: Server;
  #lives = 0;
  #crashesLeft: number;
  #ids = 0;
  /** What the clients of the present server still wait for. */
  #connections = new Set<() => void>();
  /** Sessions that somebody asked to delete. */
  readonly #doomed = new Set<string>();
  readonly #readers: { readonly sessionId: string; readonly seen: string[]; ended: boolean }[] = [];
  readonly #feeds: { readonly name: string; readonly fold: Map<string, FeedEntry> }[] = [];
  readonly #titles = new Map<string, Set<string>>();
  /** People who are not done yet. */
  #busy = 0;
  #fair = false;

  constructor(seed: number, store: Store) {
    this.#random = new Random(seed);
    this.#weather = anyWeather(this.#random);
    this.#programs = fc.sample(anyProgram, { seed, numRuns: 4 });
    this.#crashesLeft = this.#weather.crashes;
    this.#scheduler = new Scheduler({ random: this.#random, haste: this.#weather.haste });
    this.#store = store;
    const report = (problem: string) => this.#report(problem);
    this.#disk = new Disk({
      store,
      scheduler: this.#scheduler,
      report,
      onCommitted: (life) => {
        if (life !== this.#server.life) return false;
        if (this.#crashesLeft === 0 || !this.#random.chance(this.#weather.deathAfterCommit)) {
          return false;
        }
        this.#crash();
        return true;
      },
    });
    this.#disk.faults = this.#weather.disk;
    this.#laboratory = new Laboratory(this.#disk, this.#scheduler, report);
    this.#server = this.#boot();
  }

  get trace(): readonly string[] {
    return this.#scheduler.trace;
  }

  /** Unix seconds. */
  get now(): number {
    return this.#scheduler.now / 1000;
  }

  async run(): Promise<void> {
    const owners = 1 + this.#random.below(3);
    for (let n = 0; n < owners; n += 1) this.#person(() => this.#owner(n));
    this.#follow('feed from the start', () => Promise.resolve(0));
    this.#follow('feed from a page', () => this.#firstPage());
    await this.#drain();
    // Then all goes well, and what is still open is answered.
    this.#fair = true;
    this.#crashesLeft = 0;
    this.#disk.faults = noFaults;
    await this.#drain();
    await this.#checkRest();
    for (let round = 0; round < 200 && this.problems.length === 0; round += 1) {
      await this.#drain();
      if (!this.#answerAll()) break;
    }
    if (this.problems.length === 0) await this.#checkEnd();
  }

  #report(problem: string): void {
    this.problems.push(problem);
    this.#scheduler.trace.push(`PROBLEM ${problem}`);
  }

  async #drain(): Promise<void> {
    while (this.problems.length === 0) {
      if (this.#crashesLeft > 0 && this.#random.chance(this.#weather.crash)) this.#crash();
      if (this.#scheduler.trace.length > MOST_STEPS) this.#report('it does not come to rest');
      if (!(await this.#scheduler.step())) return;
    }
  }

  // The server.

  #boot(): Server {
    this.#lives += 1;
    const life = { name: `#${this.#lives}` };
    const store = this.#disk.connect(life);
    const engine = createEngine({
      store,
      nodeTypes: { program: programHandler(this.#laboratory.surroundings(life)) },
      findGraph: async () => null,
      logger: pino({ level: 'silent' }),
      clock: this.#scheduler.clock(life),
      newId: () => {
        this.#ids += 1;
        return `id${this.#ids}`;
      },
      parkAfterMs: this.#weather.parkAfterMs,
    });
    const server: Server = {
      life,
      engine,
      store,
      wakeUps: new WakeUps(),
      pages: new PageCache(1_000_000),
      feedPages: new PageCache(1_000_000),
      end: new AbortController(),
      ready: false,
    };
    const stop = store.onCommit((commit) => {
      for (const sessionId of commit.sessions) server.pages.drop(sessionId);
      if (commit.feed) server.feedPages.drop(FEED_TOPIC);
      server.wakeUps.touch(commit);
    });
    server.end.signal.addEventListener('abort', stop);
    engine.recover().then(
      () => {
        server.ready = true;
      },
      () => {
        // A server that cannot start ends, and is started again.
        if (this.#server === server) this.#scheduler.add('give up', () => this.#crash(), life);
      },
    );
    return server;
  }

  #crash(): void {
    const { life, end } = this.#server;
    this.#scheduler.trace.push(`${life.name} dies`);
    this.#crashesLeft = Math.max(0, this.#crashesLeft - 1);
    this.#scheduler.kill(life);
    end.abort();
    const connections = this.#connections;
    this.#connections = new Set();
    for (const close of connections) close();
    this.#server = this.#boot();
  }

  // The network.

  #isLost(): boolean {
    return !this.#fair && this.#random.chance(this.#weather.lostMessage);
  }

  #request<T>(what: string, call: (engine: Engine) => Promise<T>): Promise<Answer<T>> {
    const scheduler = this.#scheduler;
    return new Promise((resolve) => {
      const lose = (how: string) =>
        scheduler.add(`${how} ${what}`, () => resolve({ kind: 'lost' }));
      if (this.#isLost()) {
        lose('lost request');
        return;
      }
      scheduler.add(`request ${what}`, () => {
        const { engine, life, ready } = this.#server;
        if (!ready) {
          lose('refused connection');
          return;
        }
        const reset = () => lose('reset');
        this.#connections.add(reset);
        const respond = (answer: Answer<T>) => {
          if (!this.#connections.has(reset)) return;
          const lost = this.#isLost();
          scheduler.add(
            `${lost ? 'lost response' : 'response'} ${answer.kind} ${what}`,
            () => {
              this.#connections.delete(reset);
              resolve(lost ? { kind: 'lost' } : answer);
            },
            life,
          );
        };
        call(engine).then(
          (value) => respond({ kind: 'ok', value }),
          (error: unknown) => respond(this.#failure(what, error)),
        );
      });
    });
  }

  #failure(what: string, error: unknown): Answer<never> {
    if (error instanceof AppError) return { kind: 'refused', code: error.code };
    if (!(error instanceof DiskError)) this.#report(`${what}: ${String(error)}`);
    return { kind: 'failed' };
  }

  // People.

  #person(live: () => Promise<void>): void {
    this.#busy += 1;
    live().then(
      () => {
        this.#busy -= 1;
      },
      (error: unknown) =>
        this.#report(`somebody despaired: ${error instanceof Error ? error.stack : ''}`),
    );
  }

  /** Starts a session, watches it in two tabs, and perhaps cancels, renames or deletes it. */
  async #owner(n: number): Promise<void> {
    const random = this.#random;
    const graphId = `graph${n}`;
    const key = random.chance(0.8) ? this.#key('POST new', `start${n}`) : undefined;
    const request = starting({ graphId, graph: this.#graph() });
    const start = () => this.#request(`start ${n}`, (engine) => engine.start(request, key));
    let sessionId: string | null = null;
    for (let tries = 0; tries < 50; tries += 1) {
      const answers = random.chance(0.2) ? await Promise.all([start(), start()]) : [await start()];
      for (const answer of answers) {
        if (answer.kind === 'refused') this.#report(`start ${n} was refused: ${answer.code}`);
        if (answer.kind !== 'ok') continue;
        const id = answer.value.sessionId;
        if (key !== undefined && sessionId !== null && id !== sessionId) {
          this.#report(`start ${n} gave ${sessionId} and then ${id}`);
        }
        sessionId = id;
        if (this.#disk.log(id).length === 0) this.#report(`${id} was acknowledged, not stored`);
      }
      // Without a key, a lost answer may be no start at all, or a session that nobody knows.
      if ((sessionId !== null && random.chance(0.8)) || key === undefined) break;
      await this.#scheduler.pause(100);
    }
    if (key !== undefined) {
      const started = [...this.#disk.logs.values()].filter(([first]) => {
        return first?.type === 'graphStart' && first.graphId === graphId;
      });
      if (started.length > 1) this.#report(`start ${n} happened ${started.length} times`);
    }
    if (sessionId === null) return;
    const id = sessionId;
    for (let tab = 0; tab < 2; tab += 1) this.#person(() => this.#tab(id, `${n}.${tab}`));
    if (random.chance(0.3)) this.#person(() => this.#rename(id));
    if (random.chance(0.25)) this.#person(() => this.#cancel(id));
    if (random.chance(0.25)) this.#person(() => this.#delete(id));
  }

  #graph(): GraphDescriptor {
    const random = this.#random;
    const count = 1 + random.below(3);
    const nodes = Array.from({ length: count }, (_, i) => ({
      id: `n${i}`,
      type: 'program',
      configuration: { program: random.pick(this.#programs) as Json },
    }));
    const edges = nodes.slice(1).map((node, i) => ({
      from: `n${random.below(i + 1)}`,
      to: node.id,
      ...(random.chance(0.3) ? { optional: true } : {}),
    }));
    return { nodes, edges };
  }

  #key(scope: string, key: string): IdempotencyKey {
    return { scope, key, bodyHash: key };
  }

  async #wait(): Promise<void> {
    await this.#scheduler.pause(this.#random.pick([0, 1, 10, 1000, 100_000]));
  }

  async #rename(sessionId: string): Promise<void> {
    await this.#wait();
    const titles = new Set<string>();
    for (let i = 0; i < 1 + this.#random.below(2); i += 1) {
      const title = `title ${i}`;
      titles.add(title);
      const answer = await this.#request(`rename ${sessionId}`, (engine) =>
        engine.rename(sessionId, title),
      );
      if (answer.kind === 'ok') {
        titles.clear();
        titles.add(title);
        this.#titles.set(sessionId, titles);
      }
      this.#expectDoomed(answer, sessionId);
    }
  }

  async #cancel(sessionId: string): Promise<void> {
    await this.#wait();
    for (let tries = 0; tries < 50; tries += 1) {
      const answer = await this.#request(`cancel ${sessionId}`, (engine) =>
        engine.cancel(sessionId),
      );
      const { status } = this.#disk.state(sessionId);
      if (answer.kind === 'ok' && status !== 'cancelled') {
        this.#report(`${sessionId} is ${status} and was said to be cancelled`);
      }
      if (answer.kind === 'refused' && answer.code === 'session_final' && !isFinal(status)) {
        this.#report(`${sessionId} is ${status} and was said to be final`);
      }
      this.#expectDoomed(answer, sessionId);
      if (answer.kind === 'ok' || answer.kind === 'refused') return;
      await this.#scheduler.pause(100);
    }
  }

  async #delete(sessionId: string): Promise<void> {
    await this.#wait();
    this.#doomed.add(sessionId);
    for (let tries = 0; tries < 50; tries += 1) {
      const answer = await this.#request(`delete ${sessionId}`, (engine) =>
        engine.delete(sessionId),
      );
      if (answer.kind === 'ok' && !this.#disk.deleted.has(sessionId)) {
        this.#report(`${sessionId} was said to be deleted and is not`);
      }
      if (answer.kind === 'ok' || answer.kind === 'refused') return;
      // People give up.
      if (this.#random.chance(0.3)) return;
      await this.#scheduler.pause(100);
    }
  }

  /** Only a session that somebody deletes may be missing. */
  #expectDoomed(answer: Answer<unknown>, sessionId: string): void {
    if (answer.kind !== 'refused' || answer.code !== 'session_not_found') return;
    if (!this.#doomed.has(sessionId)) this.#report(`${sessionId} was not found`);
  }

  /** Watches a session, and answers what it asks if nobody was faster. */
  async #tab(sessionId: string, name: string): Promise<void> {
    const seen: string[] = [];
    const reader = { sessionId, seen, ended: false };
    this.#readers.push(reader);
    while (!reader.ended) {
      reader.ended = await this.#connect(`tab ${name}`, (server, signal, deliver) => {
        let replayed = 0;
        let done = false;
        const connectedAt = seen.length;
        const onFrame = (frame: Frame) => {
          if (frame.id !== null) {
            if (done) this.#report(`tab ${name} got an event after done`);
            if (frame.id !== seen.length) {
              this.#report(`tab ${name} got event ${frame.id} after ${seen.length} events`);
            }
            seen.push(frame.data);
            this.#onEvent(name, sessionId, JSON.parse(frame.data) as SessionEvent);
          } else if (frame.event === 'event') {
            replayed += 1;
            const { index } = JSON.parse(frame.data) as { index: number };
            if (index !== seen.length - 1) {
              this.#report(`tab ${name} was told ${index} after ${seen.length} events`);
            }
          } else if (frame.event === 'done') {
            done = true;
            if (replayed !== 1) this.#report(`tab ${name} was told ${replayed} times of the end`);
            const { status } = this.#disk.state(sessionId);
            if (!isFinal(status)) this.#report(`tab ${name} was told that ${status} is the end`);
            if (seen.length !== this.#disk.log(sessionId).length) {
              this.#report(`tab ${name} got ${seen.length} events before done`);
            }
          } else if (frame.event === 'deleted') {
            done = true;
            if (!this.#disk.deleted.has(sessionId)) {
              this.#report(`tab ${name} was told of a deletion that never was`);
            }
          } else if (frame.event !== 'start') {
            this.#report(`tab ${name} got ${frame.event} at ${connectedAt}`);
          }
          return done;
        };
        return {
          wakeUp: server.wakeUps.session(sessionId),
          step: sessionStep({
            store: server.store,
            pages: server.pages,
            frames: streamFrames,
            write: deliver(onFrame),
            cursor: { sessionId, after: seen.length - 1, foreign: null },
          }),
          signal,
        };
      });
    }
  }

  #onEvent(name: string, sessionId: string, event: SessionEvent): void {
    if (event.type !== 'inputRequired' || this.#random.chance(0.3)) return;
    this.#person(() => this.#answer(name, sessionId, event));
  }

  async #answer(
    name: string,
    sessionId: string,
    { interactionId, suspendEvent }: Extract<SessionEvent, { type: 'inputRequired' }>,
  ): Promise<void> {
    const random = this.#random;
    await this.#wait();
    if (random.chance(0.2)) {
      const answer = await this.#request(`misfit ${interactionId}`, (engine) =>
        engine.resume(sessionId, { interactionId, response: 'nothing of the kind' }),
      );
      if (answer.kind === 'ok') this.#report(`${interactionId} took an answer that does not fit`);
    }
    const response = answerTo(suspendEvent, ` by ${name}`);
    const key = random.chance(0.7)
      ? this.#key(`resume ${sessionId}`, `${name} ${interactionId}`)
      : undefined;
    const ask = () =>
      this.#request(`answer ${interactionId} of ${sessionId}`, (engine) =>
        engine.resume(sessionId, { interactionId, response }, key),
      );
    let wasLost = false;
    for (let tries = 0; tries < 20; tries += 1) {
      const answers = random.chance(0.1) ? await Promise.all([ask(), ask()]) : [await ask()];
      wasLost ||= answers.length > 1;
      for (const answer of answers) {
        this.#checkAnswer({ sessionId, interactionId, response, answer, key, wasLost });
        wasLost ||= answer.kind === 'lost' || answer.kind === 'failed';
      }
      if (answers.some(({ kind }) => kind === 'ok' || kind === 'refused')) return;
      await this.#scheduler.pause(50);
    }
  }

  #checkAnswer(given: {
    sessionId: string;
    interactionId: string;
    response: Json;
    answer: Answer<unknown>;
    key: IdempotencyKey | undefined;
    wasLost: boolean;
  }): void {
    const { sessionId, interactionId, response, answer, key, wasLost } = given;
    const closing = this.#disk
      .log(sessionId)
      .find(
        (event) =>
          (event.type === 'inputResolved' || event.type === 'inputWithdrawn') &&
          event.interactionId === interactionId,
      );
    const name = `the answer to ${interactionId} of ${sessionId}`;
    const accepted =
      closing?.type === 'inputResolved' && isDeepStrictEqual(closing.response, response);
    if (answer.kind === 'ok') {
      if (!accepted) this.#report(`${name} was acknowledged and is not stored`);
      return;
    }
    if (answer.kind !== 'refused') return;
    switch (answer.code) {
      case 'interaction_resolved':
        if (closing?.type !== 'inputResolved') {
          this.#report(`${name} was refused for an answer that is not stored`);
        }
        // Texts tell whose answer was taken.
        if (
          accepted &&
          JSON.stringify(response).includes(' by ') &&
          (key !== undefined || !wasLost)
        ) {
          this.#report(`${name} was taken, and refused`);
        }
        break;
      case 'prompt_withdrawn':
        if (closing?.type !== 'inputWithdrawn') this.#report(`${name}: it was never withdrawn`);
        break;
      case 'session_final':
        if (!isFinal(this.#disk.state(sessionId).status)) this.#report(`${name}: it is not final`);
        break;
      case 'session_not_found':
        this.#expectDoomed(answer, sessionId);
        break;
      default:
        this.#report(`${name} was refused: ${answer.code}`);
    }
  }

  // Streams.

  /**
   * Opens a stream and follows it until it breaks, for one reason or another. Resolves with whether
   * it came to its own end.
   */
  #connect(
    name: string,
    open: (
      server: Server,
      signal: AbortSignal,
      deliver: (
        onFrame: (frame: Frame) => boolean,
      ) => (...chunks: readonly Chunk[]) => Promise<void>,
    ) => Parameters<typeof tail>[0],
  ): Promise<boolean> {
    const scheduler = this.#scheduler;
    const random = this.#random;
    return new Promise((resolve) => {
      scheduler.add(`connect ${name}`, () => {
        const server = this.#server;
        if (!server.ready || this.#isLost()) {
          scheduler.at(scheduler.now + 50, `retry ${name}`, () => resolve(false));
          return;
        }
        const { life } = server;
        const abort = new AbortController();
        let isOpen = true;
        const close = (isEnd: boolean) => {
          if (!isOpen) return;
          isOpen = false;
          this.#connections.delete(reset);
          abort.abort();
          scheduler.add(`close ${name}`, () => resolve(isEnd));
        };
        const reset = () => close(false);
        this.#connections.add(reset);
        const buffer = new FrameBuffer();
        let inFlight: { text: string; sent: () => void }[] = [];
        const deliver =
          (onFrame: (frame: Frame) => boolean) =>
          (...chunks: readonly Chunk[]) =>
            new Promise<void>((sent) => {
              const text = chunks.map(String).join('');
              inFlight.push({ text, sent });
              if (inFlight.length > 1) return;
              const arrive = () => {
                const [first] = inFlight;
                inFlight = inFlight.slice(1);
                if (inFlight.length > 0) scheduler.add(`arrive ${name}`, arrive, life);
                first?.sent();
                if (!isOpen || first === undefined) return;
                // The connection may break within a chunk.
                const breaks = !this.#fair && random.chance(this.#weather.disconnect);
                const part = breaks
                  ? first.text.slice(0, random.below(first.text.length))
                  : first.text;
                for (const frame of buffer.take(part)) {
                  if (onFrame(frame)) {
                    close(true);
                    return;
                  }
                }
                if (breaks) close(false);
              };
              scheduler.add(`arrive ${name}`, arrive, life);
            });
        tail(open(server, abort.signal, deliver)).then(
          () => undefined,
          (error: unknown) => {
            if (!(error instanceof DiskError)) this.#report(`${name}: ${String(error)}`);
            close(false);
          },
        );
      });
    });
  }

  /** Follows the feed and folds it. `from` gives the revision to begin with. */
  #follow(name: string, from: () => Promise<number>): void {
    const feed = { name, fold: new Map<string, FeedEntry>() };
    this.#feeds.push(feed);
    const follow = async () => {
      let since: number | null = null;
      for (;;) {
        since ??= await from();
        await this.#connect(name, (server, signal, deliver) => ({
          wakeUp: server.wakeUps.feed(),
          signal,
          step: feedStep({
            store: server.store,
            pages: server.feedPages,
            frames: feedStreamFrames,
            write: deliver((frame) => {
              if (frame.event === 'reset') this.#report(`${name} was reset`);
              if (frame.id !== null) since = frame.id;
              if (frame.event !== 'sessionStatus') return false;
              const entry = feedEntry.parse(JSON.parse(frame.data));
              if (entry.status === 'deleted') feed.fold.delete(entry.sessionId);
              else feed.fold.set(entry.sessionId, entry);
              return false;
            }),
            cursor: { since: since ?? 0, foreign: null },
          }),
        }));
      }
    };
    follow().catch((error: unknown) => this.#report(`${name}: ${String(error)}`));
  }

  /** The first page of the list, as the second feed's reader begins with. */
  async #firstPage(): Promise<number> {
    await this.#wait();
    const { sessions, revision } = await this.#store.list({ limit: 100 });
    const feed = this.#feeds.find(({ name }) => name === 'feed from a page');
    for (const session of sessions) feed?.fold.set(session.sessionId, session);
    return revision;
  }

  // The end.

  /** What rests must wait for people alone: running its code once more must add nothing. */
  async #checkRest(): Promise<void> {
    const lengths = [...this.#disk.logs].map(([id, log]) => ({ id, length: log.length }));
    for (const { id } of lengths) {
      if (this.#disk.deleted.has(id)) continue;
      void this.#request(`poke ${id}`, (engine) =>
        engine.resume(id, { interactionId: 'none', response: null }),
      );
    }
    await this.#drain();
    for (const { id, length } of lengths) {
      const more = this.#disk.log(id)[length];
      if (more !== undefined) this.#report(`${id} had to be poked for its ${more.type}`);
    }
  }

  /** Answers all that is still open. False when nothing was. */
  #answerAll(): boolean {
    let any = false;
    for (const sessionId of this.#disk.logs.keys()) {
      if (this.#disk.deleted.has(sessionId)) continue;
      for (const { interactionId, suspendEvent } of this.#disk.state(sessionId).prompts.values()) {
        any = true;
        const response = answerTo(suspendEvent);
        const answer = this.#request(`last answer ${interactionId} of ${sessionId}`, (engine) =>
          engine.resume(sessionId, { interactionId, response }),
        );
        void answer.then((given) =>
          this.#checkAnswer({
            sessionId,
            interactionId,
            response,
            answer: given,
            key: undefined,
            wasLost: false,
          }),
        );
      }
    }
    return any;
  }

  async #checkEnd(): Promise<void> {
    if (this.#busy > 0) this.#report(`${this.#busy} people still wait`);
    await this.#disk.checkList();
    for (const [sessionId, log] of this.#disk.logs) {
      if (this.#disk.deleted.has(sessionId)) {
        if ((await this.#store.status(sessionId)) !== null) {
          this.#report(`${sessionId} is back from the dead`);
        }
        continue;
      }
      for (const fault of faultsOfLog(log)) this.#report(`${sessionId}: ${fault}`);
      const page = await this.#store.events(sessionId, -1, { events: 1e6, bytes: 1e9 });
      const stored = page?.events.map(({ json }) => json) ?? [];
      const committed = log.map((event) => JSON.stringify(event));
      if (!isDeepStrictEqual(stored, committed)) this.#report(`${sessionId}: the log has changed`);
      for (const reader of this.#readers) {
        if (reader.sessionId !== sessionId) continue;
        if (!isDeepStrictEqual(reader.seen, stored))
          this.#report(`${sessionId}: a reader saw less`);
      }
      const title = (await this.#store.status(sessionId))?.title ?? '';
      const titles = this.#titles.get(sessionId);
      if (titles !== undefined && !titles.has(title)) {
        this.#report(`${sessionId} is called '${title}'`);
      }
    }
    const { sessions } = await this.#store.list({ limit: 1000 });
    const list = new Map(sessions.map((session) => [session.sessionId, session]));
    for (const { name, fold } of this.#feeds) {
      if (!isDeepStrictEqual(fold, list)) this.#report(`the ${name} differs from the list`);
    }
  }
}

type Chunk = string | Uint8Array;

interface Frame {
  readonly id: number | null;
  readonly event: string;
  readonly data: string;
}

/** Cuts a stream into its frames. */
class FrameBuffer {
  #text = '';

  take(text: string): Frame[] {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop() ?? '';
    return blocks.map((block) => {
      const fields = new Map(
        block.split('\n').map((line): [string, string] => {
          const colon = line.indexOf(': ');
          return [line.slice(0, colon), line.slice(colon + 2)];
        }),
      );
      const id = fields.get('id');
      return {
        id: id === undefined ? null : Number(id),
        event: fields.get('event') ?? '',
        data: fields.get('data') ?? '',
      };
    });
  }
}
