import { tabChannel, tabLock } from './tab-names.ts';
import type { TabMessage, ToHolder } from './tab-message.ts';
import type { Channel, TabRealm } from './tab-realm.ts';
import { WatchHub, type HubOptions } from './watch-hub.ts';

export interface HeldConnectionOptions extends HubOptions {
  readonly realm: TabRealm;
  /** The tab that holds it. */
  readonly me: string;
}

interface Follower {
  readonly channel: Channel;
  /** Ends the wait for its end. */
  readonly ended: AbortController;
}

/** The connection in the tab that holds it, with its lines to the others. */
export class HeldConnection {
  readonly hub: WatchHub;
  readonly #options: HeldConnectionOptions;
  readonly #followers = new Map<string, Follower>();

  constructor(options: HeldConnectionOptions) {
    this.#options = options;
    this.hub = new WatchHub(options);
  }

  /** Asks a tab to say what it wants, whether it was known or not. */
  invite(tab: string): void {
    this.#to(tab).channel.post({ type: 'aside', holder: this.#options.me });
  }

  /** A tab says something. */
  receive(message: ToHolder): void {
    const { tab } = message;
    const { me } = this.#options;
    if (message.type === 'leave') {
      this.#forget(tab);
    } else if (message.type === 'want') {
      const { channel } = this.#to(tab);
      const post = (said: TabMessage) => channel.post(said);
      this.hub.want(tab, message, {
        batch: (batch) => post({ type: 'batch', holder: me, batch }),
        state: (state) => post({ type: 'state', holder: me, state }),
        aside: () => post({ type: 'aside', holder: me }),
      });
      post({ type: 'pong', holder: me });
    } else if (!this.hub.has(tab)) {
      this.invite(tab);
    } else if (message.type === 'ack') {
      this.hub.ack(tab, message.size, message.want, message.serial);
    } else if (message.type === 'gap') {
      this.hub.gap();
    } else if (message.type === 'retry') {
      this.hub.retryNow(message.attempt ?? undefined);
    } else {
      this.#to(tab).channel.post({ type: 'pong', holder: me });
    }
  }

  /** Ends it without a word: who follows will say so. */
  close(): void {
    this.hub.close();
    for (const tab of [...this.#followers.keys()]) this.#forget(tab);
  }

  /** The line to a tab. From the first word on its end is waited for. */
  #to(tab: string): Follower {
    const known = this.#followers.get(tab);
    if (known !== undefined) return known;
    const { realm } = this.#options;
    const follower = {
      channel: realm.channel(tabChannel(tab), () => undefined),
      ended: new AbortController(),
    };
    this.#followers.set(tab, follower);
    void this.#untilItEnds(tab, follower.ended.signal);
    return follower;
  }

  async #untilItEnds(tab: string, signal: AbortSignal): Promise<void> {
    const hold = await this.#options.realm.hold(tabLock(tab), { signal });
    hold?.release();
    if (hold !== null && !signal.aborted) this.#forget(tab);
  }

  #forget(tab: string): void {
    const follower = this.#followers.get(tab);
    if (follower === undefined) return;
    this.#followers.delete(tab);
    follower.ended.abort();
    follower.channel.close();
    this.hub.leave(tab);
  }
}
