import { ownLink } from './own-link.ts';
import { SharedLink, type SharedLinkOptions } from './shared-link.ts';
import type { OpenLink } from './watch-link.ts';
import { partOf, type TabRealm } from './tab-realm.ts';

export interface TabLinkOptions extends Omit<SharedLinkOptions, 'realm'> {
  readonly realm: TabRealm | null;
  /** Those alone share a connection whose identities are one. */
  readonly identity: Promise<string>;
}

/** A page's way to the connection of all tabs; to one of its own where tabs cannot meet. */
export function tabLink({ realm, identity, ...options }: TabLinkOptions): OpenLink {
  if (realm === null) return ownLink(options);
  return (port) => {
    let mine: string | null = null;
    let isLeft = false;
    const listening = new AbortController();
    const { signal } = listening;
    const link = new SharedLink({ ...options, realm: partOf(realm, () => mine ?? '') }, port);
    const join = () => {
      isLeft = false;
      if (mine !== null) link.join();
    };
    const leave = () => {
      isLeft = true;
      link.leave();
    };
    void identity.then((known) => {
      mine = known;
      if (!isLeft && !signal.aborted) join();
    });
    // A page in the back-forward cache hears nothing, and a lock would keep it out of there.
    addEventListener('pagehide', leave, { signal });
    addEventListener('pageshow', join, { signal });
    document.addEventListener('freeze', leave, { signal });
    document.addEventListener('resume', join, { signal });
    return {
      want: (want, serial) => link.want(want, serial),
      ack: (size, want, serial) => link.ack(size, want, serial),
      gap: () => link.gap(),
      retryNow: () => link.retryNow(),
      close() {
        listening.abort();
        link.close();
      },
    };
  };
}
