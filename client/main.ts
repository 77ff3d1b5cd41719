import './no-eval.ts';
import './ui/app.ts';
import { browserPreferences } from './browser-preferences.ts';
import { browserDesktop } from './browser-desktop.ts';
import { createApiClient } from './api/api-client.ts';
import { tabLink } from './api/tab-link.ts';
import { browserRealm } from './api/tab-realm.ts';
import { systemTimers } from './api/timers.ts';
import { Batch } from './state/batch.ts';
import { DraftStore } from './state/draft-store.ts';
import type { Navigation } from './state/address.ts';
import { Panel } from './state/panel.ts';
import { Shell } from './state/shell.ts';

const request: typeof fetch = (input, init) => fetch(input, init);

const navigation: Navigation = {
  query: () => location.search,
  push: (query) => history.pushState(null, '', query),
  replace: (query) => history.replaceState(null, '', query),
  onMove(listener) {
    addEventListener('popstate', listener);
    return () => removeEventListener('popstate', listener);
  },
};

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

const drafts = new DraftStore(
  () => localStorage,
  () => Date.now(),
);
drafts.sweep();

const openLink = tabLink({ fetch: request, timers: systemTimers, realm: browserRealm(newKey) });

const panel = new Panel({
  api: createApiClient(request),
  fetch: request,
  timers: systemTimers,
  batch: new Batch(beforeNextFrame),
  navigation,
  later: inOwnTask,
  newKey,
  drafts,
  desktop: browserDesktop,
  store: browserPreferences,
  link: openLink,
});

const app = document.querySelector('reattach-app');
const shell = new Shell({ panel, store: browserPreferences, width: innerWidth });
if (app !== null) Object.assign(app, { panel, shell });
shell.start();
panel.start();

addEventListener('resize', () => shell.resized(innerWidth));
addEventListener('storage', () => shell.themes.refresh());

addEventListener('pagehide', () => panel.deletes.flush());
addEventListener('online', () => panel.retryNow());
