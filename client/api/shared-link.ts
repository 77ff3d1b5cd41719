// Longer than most: what a tab asks, what the holder answers and how one takes over from another are
// one protocol, of which both sides are read together.
import { HeldConnection } from './held-connection.ts';
import {
  fromHolder,
  hallMessage,
  toHolder,
  type FromHolder,
  type HallMessage,
  type TabMessage,
  type ToHolder,
} from './tab-message.ts';
import { HALL, HOLDER_LOCK, tabChannel, tabLock } from './tab-names.ts';
import type { Channel, Hold, TabRealm } from './tab-realm.ts';
import type { HubOptions, HubPort } from './watch-hub.ts';
import type { ConnectionState, WatchLink, WatchPort, WatchWant } from './watch-link.ts';

export interface SharedLinkOptions extends HubOptions {
  readonly realm: TabRealm;
}

/** After so many milliseconds without a word the holder is asked whether it is there. */
const QUIET = 15_000;
/** So many milliseconds it has to answer, twice: the first may have passed while all were asleep. */
const ANSWER = 10_000;

/**
 * A tab's share in the one connection of all tabs of a browser, which one of them holds: whoever has
 * the lock. The others wait for the lock, tell the holder what they want and how far they are, and
 * are told what it relays. When the holder ends, the next in the queue for the lock connects with
 * what all of them want. Nothing is handed over, since each tab keeps its own cursors.
 *
 * A tab has a lock of its own too, by whose release the holder learns of its end. A holder that does
 * not answer, as it is frozen, loses the lock to a tab that asked it.
 */
export class SharedLink implements WatchLink {
  readonly #options: SharedLinkOptions;
  readonly #port: WatchPort;
  #want: WatchWant = { feed: null, session: null };
  #serial = 0;
  /** Whether the last word was that what is wanted now is served. */
  #served = false;

  /** What there is while it takes part. */
  #life: AbortController | null = null;
  #me = '';
  #hall: Channel | null = null;
  #inbox: Channel | null = null;
  /** The line to another tab that holds the connection. */
  #holder: { readonly tab: string; readonly channel: Channel } | null = null;
  /** The connection, if it is held here. */
  #held: HeldConnection | null = null;
  #seize: () => void = () => undefined;
  #resign: () => void = () => undefined;
  #cancelDoubt: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;

  constructor(options: SharedLinkOptions, port: WatchPort) {
    this.#options = options;
    this.#port = port;
  }

  /** Takes part from now on. */
  join(): void {
    if (this.#life !== null) return;
    const life = new AbortController();
    this.#life = life;
    void this.#takePart(life.signal);
  }

  close(): void {
    this.leave();
  }

  /** Takes no more part, so that others need not wait for this tab: its page is being left. */
  leave(): void {
    if (this.#life === null) return;
    this.#say({ type: 'leave', tab: this.#me });
    this.#life.abort();
    this.#life = null;
    this.#abdicate();
    this.#follow(null);
    this.#cancelDoubt();
    this.#cancelRetry();
    this.#served = false;
    this.#hall?.close();
    this.#inbox?.close();
  }

  want(want: WatchWant, serial: number): void {
    this.#want = want;
    this.#serial = serial;
    this.#served = false;
    this.#announce();
  }

  ack(size: number, want: WatchWant, serial: number): void {
    if (serial === this.#serial) this.#want = want;
    if (this.#held !== null) this.#held.hub.ack(this.#me, size, want, serial);
    else this.#say({ type: 'ack', tab: this.#me, size, want, serial });
  }

  gap(): void {
    if (this.#held !== null) this.#held.hub.gap();
    else this.#say({ type: 'gap', tab: this.#me });
  }

  retryNow(): void {
    if (this.#held !== null) this.#held.hub.retryNow();
    else this.#say({ type: 'retry', tab: this.#me, attempt: null });
  }

  async #takePart(signal: AbortSignal): Promise<void> {
    const { realm } = this.#options;
    const me = realm.newId();
    this.#me = me;
    this.#inbox = realm.channel(tabChannel(me), (message) => this.#hear(message));
    this.#hall = realm.channel(HALL, (message) => this.#hearAll(message));
    try {
      // Only then: a tab without its lock counts as ended.
      const alive = await realm.hold(tabLock(me), { signal });
      signal.addEventListener('abort', () => alive?.release());
      if (signal.aborted) return alive?.release();
      this.#tellAll({ type: 'hello', tab: me });
      this.#watchHolder();
      await this.#compete(signal);
    } catch {
      // No locks are to be had, as where the browser keeps nothing for this page: go alone.
      if (signal.aborted) return;
      this.#hall.close();
      this.#hall = null;
      this.#reign();
    }
  }

  /** Waits for its turn to hold the connection, again and again. */
  async #compete(signal: AbortSignal): Promise<void> {
    let steal = false;
    while (!signal.aborted) {
      const waiting = new AbortController();
      const takes = steal;
      steal = false;
      const give = () => waiting.abort();
      signal.addEventListener('abort', give);
      this.#seize = () => {
        steal = true;
        give();
      };
      const { realm } = this.#options;
      const hold = await realm.hold(HOLDER_LOCK, { signal: waiting.signal, steal: takes });
      signal.removeEventListener('abort', give);
      if (hold === null) continue;
      // It may have come by itself at the moment when it was to be stolen.
      steal = false;
      await this.#hold(hold, signal);
    }
  }

  async #hold(hold: Hold, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      this.#resign = () => hold.release();
      this.#reign();
      await hold.over;
    }
    hold.release();
    if (!signal.aborted) this.#abdicate();
  }

  #reign(): void {
    this.#follow(null);
    this.#cancelDoubt();
    this.#held = new HeldConnection({ ...this.#options, me: this.#me });
    this.#tellAll({ type: 'holder', tab: this.#me });
    this.#announce();
  }

  #abdicate(): void {
    if (this.#held === null) return;
    this.#held.close();
    this.#held = null;
    this.#resign();
    this.#resign = () => undefined;
    if (this.#life !== null) this.#watchHolder();
  }

  /** Says what it wants to whoever holds the connection; if nobody is known to, it will be asked. */
  #announce(): void {
    const wish = { want: this.#want, serial: this.#serial, served: this.#served };
    if (this.#held === null) {
      this.#say({ type: 'want', tab: this.#me, ...wish });
      return;
    }
    const port: HubPort = {
      batch: (batch) => this.#port.batch(batch),
      state: (state) => this.#told(state),
      aside: () => this.#announce(),
    };
    this.#held.hub.want(this.#me, wish, port);
  }

  #hearAll(message: unknown): void {
    const { data } = hallMessage.safeParse(message);
    if (data === undefined || data.tab === this.#me) return;
    if (data.type === 'hello') {
      this.#held?.invite(data.tab);
    } else {
      this.#abdicate();
      this.#follow(data.tab);
      this.#announce();
    }
  }

  #hear(message: unknown): void {
    const { data } = fromHolder.safeParse(message);
    if (data !== undefined) {
      this.#hearHolder(data);
      return;
    }
    const { data: request } = toHolder.safeParse(message);
    if (request === undefined) return;
    if (this.#held !== null) this.#held.receive(request);
    else this.#correct(request.tab);
  }

  /** A tab takes this one for the holder. */
  #correct(tab: string): void {
    const channel = this.#options.realm.channel(tabChannel(tab), () => undefined);
    channel.post({ type: 'stranger', holder: this.#me } satisfies FromHolder);
    channel.close();
  }

  #hearHolder(message: FromHolder): void {
    if (this.#held !== null) return;
    if (message.type === 'aside') {
      if (message.holder !== this.#holder?.tab) this.#follow(message.holder);
      this.#announce();
    }
    if (message.holder !== this.#holder?.tab) return;
    this.#watchHolder();
    switch (message.type) {
      case 'batch':
        this.#port.batch(message.batch);
        break;
      case 'state':
        this.#told(message.state);
        break;
      case 'stranger':
        this.#follow(null);
        this.#tellAll({ type: 'hello', tab: this.#me });
        break;
      case 'aside':
      case 'pong':
        break;
    }
  }

  #told(state: ConnectionState): void {
    this.#served = state.phase === 'open';
    this.#cancelRetry();
    this.#cancelRetry = () => undefined;
    if (state.phase === 'waiting' && this.#held === null) this.#retryInTime(state);
    this.#port.state(state);
  }

  /** The holder's own timer may be late: browsers slow down those of a page that is not seen. */
  #retryInTime({ attempt, retryAt }: { attempt: number; retryAt: number }): void {
    const { timers } = this.#options;
    this.#cancelRetry = timers.after(Math.max(0, retryAt - timers.now()), () => {
      this.#say({ type: 'retry', tab: this.#me, attempt });
    });
  }

  #follow(tab: string | null): void {
    this.#holder?.channel.close();
    this.#holder =
      tab === null
        ? null
        : { tab, channel: this.#options.realm.channel(tabChannel(tab), () => undefined) };
  }

  /** Begins to wait for a word of the holder anew. */
  #watchHolder(): void {
    this.#doubtAfter(QUIET, 0);
  }

  #doubtAfter(milliseconds: number, asked: number): void {
    const { timers, random = Math.random } = this.#options;
    this.#cancelDoubt();
    // Of all that wait, one comes first.
    const delay = milliseconds * (1 + random() / 2);
    this.#cancelDoubt = timers.after(delay, () => {
      if (asked === 2) {
        this.#seize();
        return;
      }
      if (this.#holder === null) this.#tellAll({ type: 'hello', tab: this.#me });
      else this.#say({ type: 'ping', tab: this.#me });
      this.#doubtAfter(ANSWER, asked + 1);
    });
  }

  #say(message: ToHolder): void {
    this.#holder?.channel.post(message satisfies TabMessage);
  }

  #tellAll(message: HallMessage): void {
    this.#hall?.post(message);
  }
}
