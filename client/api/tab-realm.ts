/** A lock that is held. */
export interface Hold {
  release(): void;
  /** Resolves when it is held no more: released, or stolen. */
  readonly over: Promise<void>;
}

export interface HoldOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Takes the lock from whoever holds it. */
  readonly steal?: boolean;
}

/** A line on which everything said is heard by everybody else on it, in order. */
export interface Channel {
  post(message: unknown): void;
  close(): void;
}

/** What lets the tabs of one browser find one another. */
export interface TabRealm {
  /**
   * Resolves with a lock once it is held, and with null when the wait was ended before, or another
   * stole it at that moment. Rejects where no locks are to be had.
   */
  hold(name: string, options: HoldOptions): Promise<Hold | null>;
  channel(name: string, onMessage: (message: unknown) => void): Channel;
  /** A name that no other tab has. */
  readonly newId: () => string;
}

/** What is left of a realm to those of one identity: they meet one another, and nobody else. */
export function partOf(realm: TabRealm, identity: () => string): TabRealm {
  const within = (name: string) => `${name} ${identity()}`;
  return {
    newId: realm.newId,
    hold: (name, options) => realm.hold(within(name), options),
    channel: (name, onMessage) => realm.channel(within(name), onMessage),
  };
}

/** The browser's own; null where it has none, as on a page served without TLS over a network. */
export function browserRealm(newId: () => string): TabRealm | null {
  if (!('locks' in navigator) || !('BroadcastChannel' in globalThis)) return null;
  return {
    newId,
    hold(name, { signal, steal = false }) {
      return new Promise((resolve, reject) => {
        const request = navigator.locks.request(name, steal ? { steal } : { signal }, () => {
          return new Promise<void>((release) => resolve({ release, over }));
        });
        const over = request.then(
          () => undefined,
          // Stolen, or never had: then the promise of the lock says so.
          () => undefined,
        );
        request.catch((error: unknown) => {
          // That another tab stole it before it was had can be told by nothing but the error.
          const isStolen = error instanceof DOMException && error.name === 'AbortError';
          if (signal.aborted || isStolen) resolve(null);
          else reject(error instanceof Error ? error : new Error(String(error)));
        });
      });
    },
    channel(name, onMessage) {
      const channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => onMessage(data);
      return {
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      };
    },
  };
}
