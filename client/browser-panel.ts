import { createApiClient } from './api/api-client.ts';
import { createServerAccess } from './api/server-access.ts';
import { tabLink } from './api/tab-link.ts';
import { browserRealm } from './api/tab-realm.ts';
import { systemTimers } from './api/timers.ts';
import { browserDesktop } from './browser-desktop.ts';
import { browserPreferences } from './browser-preferences.ts';
import type { TokenProvider } from './panel-interface.ts';
import type { Navigation } from './state/address.ts';
import { Batch } from './state/batch.ts';
import { DraftStore } from './state/draft-store.ts';
import { Panel, type ResolvedPrompt } from './state/panel.ts';

export interface BrowserPanelOptions {
  /** The server's address, with a slash at its end. */
  readonly base: string;
  readonly tokenProvider: () => TokenProvider | null;
  readonly navigation: Navigation;
  readonly onResolved: (answer: ResolvedPrompt) => void;
}

/** A panel made of what the browser has. It does nothing until it is started. */
export function createBrowserPanel(options: BrowserPanelOptions): Panel {
  const { base, tokenProvider } = options;
  const timers = systemTimers;
  const { fetch: request, identity } = createServerAccess({
    ...{ base, tokenProvider },
    fetch: (input, init) => fetch(input, init),
  });
  const drafts = new DraftStore(
    () => localStorage,
    () => Date.now(),
  );
  drafts.sweep();
  return new Panel({
    ...{ timers, drafts, newKey },
    api: createApiClient(request),
    fetch: request,
    batch: new Batch(beforeNextFrame),
    later: inOwnTask,
    desktop: browserDesktop(`${base}icon.svg`),
    store: browserPreferences,
    link: tabLink({ fetch: request, timers, identity, realm: browserRealm(newKey) }),
    navigation: options.navigation,
    onResolved: options.onResolved,
  });
}

/** Once before the next frame; a hidden page has no frames. */
function beforeNextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, 200);
  else requestAnimationFrame(run);
}

const tasks = new MessageChannel();
const waiting: (() => void)[] = [];
tasks.port1.onmessage = () => waiting.shift()?.();

/** In a task of its own; a timer would be slowed down. */
function inOwnTask(run: () => void): void {
  waiting.push(run);
  tasks.port2.postMessage(null);
}

/** 128 random bits; `crypto.randomUUID` is not there on a page served without TLS over a network. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
