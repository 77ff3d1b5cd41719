import type { EventSourceMessage } from 'eventsource-parser';
import { isObject } from '../../shared/json.ts';
import { parseJson } from './frame-json.ts';
import type { ServerFetch } from './server-access.ts';
import type { Timers } from './timers.ts';
import { Uplink } from './uplink.ts';
import {
  wantsNothing,
  type ConnectionState,
  type WatchPort,
  type WatchWant,
} from './watch-link.ts';
import { watchQuery } from './watch-query.ts';

export interface HubOptions {
  readonly fetch: ServerFetch;
  readonly timers: Timers;
  readonly random?: (() => number) | undefined;
}

/** What the hub tells a page. */
export interface HubPort extends WatchPort {
  /** Nothing more is relayed until the page, having come so far, says again what it wants. */
  aside(): void;
}

/** What a page says. */
export interface Wish {
  readonly want: WatchWant;
  readonly serial: number;
  /** The page was served with just this until now, and need not hear of a connection made anew. */
  readonly served: boolean;
}

interface Member {
  readonly port: HubPort;
  want: WatchWant;
  serial: number;
  served: boolean;
  /** Characters that are sent and not taken in. */
  unacked: number;
  aside: boolean;
  /** The index up to which the page has the session that the connection now sends. */
  has: number;
  /** The moment at which it came to know its store, in the order of such moments. */
  storeSeen: number;
}

/** So many characters may be under way to one page. */
const WINDOW = 1024 * 1024;
/** How long the others wait for a page that takes in nothing, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Serves any number of pages over one connection: asks the server for all that they want, and relays
 * to each what it wants, in chunks of text that the page itself reads. It keeps no cursors but those
 * that the pages tell, all of which are at most too low. It reads no faster than the slowest page;
 * one that takes in nothing, as it is frozen, is set aside until it moves.
 */
export class WatchHub {
  readonly #members = new Map<string, Member>();
  readonly #timers: Timers;
  readonly #uplink: Uplink;
  #state: ConnectionState = { phase: 'idle' };
  /** The store that the cursors of the connection were said to belong to. */
  #asked: string | null = null;
  #stores = 0;
  #makeRoom: () => void = () => undefined;

  constructor({ fetch, timers, random }: HubOptions) {
    this.#timers = timers;
    this.#uplink = new Uplink({
      ...{ fetch, timers, random },
      query: () => this.#query(),
      onMessages: (messages) => this.#relay(messages),
      onState: (state) => this.#tell(state),
    });
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  /** A page says what it wants, at first or anew. `port` is where it is told. */
  want(id: string, { want, serial, served }: Wish, port: HubPort): void {
    const before = this.#members.get(id);
    const member: Member = {
      ...{ port, want, serial, served, aside: false, has: -1 },
      // What was sent before a page was set aside is acknowledged before it comes back.
      unacked: before === undefined || before.aside ? 0 : before.unacked,
      storeSeen: before?.storeSeen ?? 0,
    };
    this.#noteStore(member, before?.want);
    this.#members.set(id, member);
    if (!wantsNothing(want) || (before !== undefined && !wantsNothing(before.want))) {
      this.#uplink.reopen();
    }
  }

  /** A page took in so many characters, which moved its cursors. */
  ack(id: string, size: number, want: WatchWant, serial: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.unacked = Math.max(0, member.unacked - size);
    if (member.serial === serial) {
      const before = member.want;
      member.want = want;
      this.#noteStore(member, before);
      if (wantsNothing(want) && !wantsNothing(before)) this.#uplink.reopen();
    }
    if (!this.#isFull()) this.#makeRoom();
  }

  /** A page missed something. */
  gap(): void {
    this.#uplink.fail('Some events did not arrive.');
  }

  /** A page is gone, or wants no more to do with this hub. */
  leave(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    if (!this.#isFull()) this.#makeRoom();
    if (!member.aside && !wantsNothing(member.want)) this.#uplink.reopen();
  }

  /** Connects at once, if it was waiting to; with `attempt`, if it was waiting to make that one. */
  retryNow(attempt?: number): void {
    if (attempt !== undefined) {
      if (this.#state.phase !== 'waiting' || this.#state.attempt !== attempt) return;
    }
    this.#uplink.retryNow();
  }

  /** Ends the connection without a word to anybody. */
  close(): void {
    this.#uplink.close();
    this.#members.clear();
    this.#makeRoom();
  }

  #query(): URLSearchParams | null {
    const members = this.#served();
    let latest = 0;
    this.#asked = null;
    for (const { want, storeSeen } of members) {
      const storeId = storeOf(want);
      if (storeId === null || storeSeen < latest) continue;
      latest = storeSeen;
      this.#asked = storeId;
    }
    return watchQuery(
      members.map(({ want }) => want),
      this.#asked,
    );
  }

  #served(): Member[] {
    return [...this.#members.values()].filter(({ aside }) => !aside);
  }

  /** Of two stores that pages know, the one that was learnt last is likely to be the one there is. */
  #noteStore(member: Member, before: WatchWant | undefined): void {
    if (before === undefined || storeOf(before) !== storeOf(member.want)) {
      member.storeSeen = this.#stores += 1;
    }
  }

  #relay(messages: readonly EventSourceMessage[]): Promise<void> | undefined {
    const members = this.#served();
    const bySession = new Map<string, Member[]>();
    for (const member of members) {
      const id = member.want.session?.id;
      if (id === undefined) continue;
      const others = bySession.get(id);
      if (others === undefined) bySession.set(id, [member]);
      else others.push(member);
    }
    const followers = members.filter(({ want }) => want.feed !== null);
    const texts = new Map<Member, string>();
    const send = (member: Member, line: string) =>
      texts.set(member, (texts.get(member) ?? '') + line);
    for (const { event = '', data } of messages) {
      // JSON has line breaks only between its tokens.
      const line = `${event}\n${data.includes('\n') ? data.replaceAll('\n', ' ') : data}\n`;
      const watchers = bySession.get(event);
      if (watchers === undefined) {
        for (const member of followers) send(member, line);
        continue;
      }
      const index = indexOf(data);
      if (index === null) noteStart(watchers, data);
      for (const member of watchers) {
        if (index === null || index > member.has) send(member, line);
      }
    }
    for (const [member, text] of texts) {
      member.unacked += text.length;
      member.port.batch({ serial: member.serial, asked: this.#asked, text });
    }
    return this.#isFull() ? this.#room() : undefined;
  }

  #isFull(): boolean {
    return this.#served().some(({ unacked }) => unacked > WINDOW);
  }

  /** Resolves once every page has room again, or is set aside. */
  #room(): Promise<void> {
    this.#makeRoom();
    return new Promise((resolve) => {
      const cancel = this.#timers.after(PATIENCE, () => {
        for (const member of this.#served()) {
          if (member.unacked <= WINDOW) continue;
          member.aside = true;
          member.port.aside();
        }
        this.#makeRoom();
        this.#uplink.reopen();
      });
      this.#makeRoom = () => {
        this.#makeRoom = () => undefined;
        cancel();
        resolve();
      };
    });
  }

  #tell(state: ConnectionState): void {
    this.#state = state;
    // A connection that is made anew for a change is news only to those whom it brings something.
    const planned = state.phase === 'open' || (state.phase === 'connecting' && state.attempt === 0);
    for (const member of this.#members.values()) {
      if (member.aside || (planned && member.served)) continue;
      member.served = state.phase === 'open';
      member.port.state(state);
    }
  }
}

function storeOf({ feed, session }: WatchWant): string | null {
  return feed?.storeId ?? session?.storeId ?? null;
}

/** The index of an event without reading the event: the server writes it last. */
function indexOf(data: string): number | null {
  const [, index] = /"index":(\d+),"time":[\d.eE+-]+\}$/.exec(data.slice(-80)) ?? [];
  return index === undefined ? null : Number(index);
}

/** At the start of a session's stream it shows whose cursors are cursors of this log. */
function noteStart(watchers: readonly Member[], data: string): void {
  const frame = parseJson(data);
  if (!isObject(frame) || frame['type'] !== 'start') return;
  for (const member of watchers) {
    const { session } = member.want;
    if (session === null) continue;
    const isOfIt = session.storeId === frame['storeId'];
    member.has = isOfIt && session.after <= Number(frame['lastIndex']) ? session.after : -1;
  }
}
