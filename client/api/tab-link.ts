import { ownLink } from './own-link.ts';
import { SharedLink, type SharedLinkOptions } from './shared-link.ts';
import type { OpenLink } from './watch-link.ts';
import type { TabRealm } from './tab-realm.ts';

/** The page's way to the connection of all tabs; to one of its own where tabs cannot meet. */
export function tabLink({
  realm,
  ...options
}: Omit<SharedLinkOptions, 'realm'> & { realm: TabRealm | null }): OpenLink {
  if (realm === null) return ownLink(options);
  return (port) => {
    const link = new SharedLink({ ...options, realm }, port);
    const leave = () => link.leave();
    const join = () => link.join();
    link.join();
    // A page in the back-forward cache hears nothing, and a lock would keep it out of there.
    addEventListener('pagehide', leave);
    addEventListener('pageshow', join);
    document.addEventListener('freeze', leave);
    document.addEventListener('resume', join);
    return link;
  };
}
