import { WatchHub, type HubOptions } from './watch-hub.ts';
import type { OpenLink } from './watch-link.ts';

/** A connection for one page alone, where pages cannot find one another. */
export function ownLink(options: HubOptions): OpenLink {
  return (port) => {
    const hub = new WatchHub(options);
    // A page is never set aside by its own hub: it takes in at once what it is given.
    const hubPort = { ...port, aside: () => undefined };
    return {
      want: (want, serial) => hub.want('own', { want, serial, served: false }, hubPort),
      ack: (size, want, serial) => hub.ack('own', size, want, serial),
      gap: () => hub.gap(),
      retryNow: () => hub.retryNow(),
      close: () => hub.close(),
    };
  };
}
