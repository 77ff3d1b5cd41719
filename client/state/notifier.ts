import { signal } from '@lit-labs/signals';
import type { SessionSummary } from '../../shared/session.ts';
import type { PreferenceStore } from './preference-store.ts';

/** The notifications of the person's desktop; a test has its own. */
export interface Desktop {
  /** `unsupported`: this browser, or a page without TLS, has none. */
  permission(): 'granted' | 'denied' | 'default' | 'unsupported';
  /** Asks the person; only on something that they did. */
  request(): Promise<'granted' | 'denied' | 'default'>;
  /** Whether nobody sees the page. */
  hidden(): boolean;
  /** Shows a notification in the place of the one with the same tag. */
  show(notification: {
    readonly title: string;
    readonly body: string;
    readonly tag: string;
    readonly onClick: () => void;
  }): void;
}

export interface NotifierOptions {
  readonly desktop: Desktop;
  readonly store: PreferenceStore;
  /** The person wants to be taken to the session. */
  readonly onClick: (session: SessionSummary) => void;
}

const KEY = 'reattach.notify';
/** So many are told of one by one; more are told of together. */
const ONE_BY_ONE = 3;

/** Notifies of sessions that come to wait while nobody sees the page, if that was asked for. */
export class Notifier {
  readonly on = signal(false);
  /** Why it cannot be turned on; null when nothing stands in the way. */
  readonly problem = signal<string | null>(null);
  readonly #options: NotifierOptions;

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { desktop, store } = options;
    this.on.set(store.read(KEY) === 'on' && desktop.permission() === 'granted');
  }

  async toggle(): Promise<void> {
    const { desktop, store } = this.#options;
    if (this.on.get()) {
      this.on.set(false);
      store.write(KEY, 'off');
      return;
    }
    const now = desktop.permission();
    const permission = now === 'default' ? await desktop.request() : now;
    this.problem.set(problemOf(permission));
    if (permission !== 'granted') return;
    this.on.set(true);
    store.write(KEY, 'on');
  }

  notify(sessions: readonly SessionSummary[]): void {
    const { desktop, onClick } = this.#options;
    const [first] = sessions;
    if (!this.on.get() || !desktop.hidden() || first === undefined) return;
    if (sessions.length > ONE_BY_ONE) {
      const title = `${sessions.length} sessions need an answer`;
      const body = sessions.map((session) => session.title).join(', ');
      desktop.show({ title, body, tag: 'needs-you', onClick: () => onClick(first) });
      return;
    }
    for (const session of sessions) {
      const { sessionId, title, openPromptCount: count } = session;
      const body = count === 1 ? 'Needs an answer' : `Needs ${count} answers`;
      desktop.show({ title, body, tag: sessionId, onClick: () => onClick(session) });
    }
  }
}

function problemOf(permission: ReturnType<Desktop['permission']>): string | null {
  switch (permission) {
    case 'granted':
      return null;
    case 'denied':
      return 'The browser does not allow notifications of this page: its settings say so.';
    case 'default':
      return 'The browser was not told to allow notifications.';
    case 'unsupported':
      return 'This browser has no notifications, or not on a page without TLS.';
  }
}
