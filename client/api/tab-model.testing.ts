import { ManualTimers } from './manual-timers.testing.ts';
import { SharedLink } from './shared-link.ts';
import type { TabsWorld } from './tabs-world.testing.ts';
import type { WatchFrame } from './watch-frame.ts';
import type { ConnectionState } from './watch-link.ts';
import type { WatchModel } from './watch-model.testing.ts';
import { WatchStream } from './watch-stream.ts';

/** Lets everything that can happen without time, and without a message being heard, happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** A tab that keeps what it is told, and complains of what it must not be told. */
export class TabModel {
  readonly name: string;
  readonly timers = new ManualTimers();
  readonly stream: WatchStream;
  readonly states: ConnectionState[] = [];
  readonly faults: string[] = [];
  readonly #server: WatchModel;
  #link: SharedLink | null = null;
  sessionId: string | null = null;
  log: string[] = [];
  told: WatchFrame['kind'][] = [];
  isGone = false;
  graphId: string | null = null;
  /** The revisions of the sessions of the list. */
  rows = new Map<string, number>();
  #revision = 0;

  constructor(name: string, world: TabsWorld, server: WatchModel, random = 0) {
    this.name = name;
    this.#server = server;
    const options = { fetch: server.fetch(name), timers: this.timers, random: () => random };
    this.stream = new WatchStream({
      ...options,
      link: (port) => {
        this.#link = new SharedLink({ ...options, realm: world.realm(name) }, port);
        return this.#link;
      },
      onFrames: (frames) => frames.forEach((frame) => this.#take(frame)),
      onState: (state) => this.states.push(state),
    });
    this.#link?.join();
  }

  leave(): void {
    this.#link?.leave();
  }

  join(): void {
    this.#link?.join();
  }

  watch(sessionId: string | null): void {
    this.sessionId = sessionId;
    this.log = [];
    this.told = [];
    this.isGone = false;
    this.stream.watchSession(sessionId);
  }

  /** Reads the list of a graph and follows its feed. */
  load(graphId: string | null): void {
    this.graphId = graphId;
    this.rows.clear();
    this.#revision = this.#server.revision;
    if (graphId === null) {
      this.stream.watchFeed(null);
      return;
    }
    for (const row of this.#server.list(graphId)) this.rows.set(row.sessionId, row.revision);
    const { storeId } = this.#server;
    this.stream.watchFeed({ graphId, since: this.#revision, storeId });
  }

  /** What is not as the server has it; empty when all is right. */
  get wrong(): string[] {
    const wrong = [...this.faults];
    if (this.sessionId !== null) {
      const row = this.#server.rows.get(this.sessionId);
      if (row === undefined && !this.isGone) wrong.push(`${this.sessionId} is gone`);
      if (row !== undefined && !this.isGone) {
        const log = row.events.map((event) => ('text' in event ? event.text : ''));
        if (JSON.stringify(log) !== JSON.stringify(this.log)) {
          wrong.push(`the log of ${this.sessionId}: ${this.log.length} of ${log.length}`);
        }
        if (this.states.at(-1)?.phase !== 'open') wrong.push(JSON.stringify(this.states.at(-1)));
      }
    }
    if (this.graphId !== null) {
      const rows = this.#server.list(this.graphId).map((row) => [row.sessionId, row.revision]);
      const mine = [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1));
      if (JSON.stringify(rows.sort()) !== JSON.stringify(mine)) {
        wrong.push(`the list: ${JSON.stringify(mine)}, not ${JSON.stringify(rows)}`);
      }
    }
    return wrong.map((text) => `${this.name}: ${text}`);
  }

  #take(frame: WatchFrame): void {
    if ('sessionId' in frame && frame.sessionId !== this.sessionId) {
      this.faults.push(`a frame of ${frame.sessionId}`);
    }
    if ('sessionId' in frame) this.told.push(frame.kind);
    if (frame.kind === 'event') {
      if (frame.index !== this.log.length) this.faults.push(`event ${frame.index} out of turn`);
      this.log.push(frame.event?.type === 'thoughtEvent' ? frame.event.text : '');
    } else if (frame.kind === 'reset') {
      this.log = [];
    } else if (frame.kind === 'deleted') {
      this.isGone = true;
    } else if (frame.kind === 'feedReset') {
      this.load(this.graphId);
    } else if (frame.kind === 'entry') {
      const { entry } = frame;
      if (entry.revision <= this.#revision) this.faults.push(`revision ${entry.revision} again`);
      this.#revision = entry.revision;
      if (entry.status === 'deleted') this.rows.delete(entry.sessionId);
      else this.rows.set(entry.sessionId, entry.revision);
    }
  }
}
