import './no-eval.ts';
import type { PropertyDeclarations, PropertyValues } from 'lit';
import { createBrowserPanel } from './browser-panel.ts';
import { browserPreferences } from './browser-preferences.ts';
import type {
  ReattachPanel as DeclaredPanel,
  ReattachPanelElement,
  ReattachPanelEventMap,
  TokenProvider,
} from './panel-interface.ts';
import { HeldAddress, type Whereabouts } from './state/held-address.ts';
import { PromptNews } from './state/prompt-news.ts';
import { Shell } from './state/shell.ts';
import { themeOf } from './state/theme-choice.ts';
import { PanelView } from './ui/panel-view.ts';

/** What there is while the element is on a page. */
interface Life {
  readonly base: string;
  readonly hasTokens: boolean;
  readonly address: HeldAddress;
  readonly news: PromptNews;
  readonly end: () => void;
}

/** `<reattach-panel>`: a panel with what it needs of the browser, held by its attributes. */
export class ReattachPanel extends PanelView implements ReattachPanelElement {
  static override properties: PropertyDeclarations = {
    baseUrl: { attribute: 'base-url' },
    graphId: { attribute: 'graph-id', reflect: true },
    sessionId: { attribute: 'session-id', reflect: true },
    filter: { reflect: true, converter: { toAttribute: (value) => value || null } },
    theme: { reflect: true },
    tokenProvider: { attribute: false },
  };

  declare baseUrl: string;
  declare graphId: string | null;
  declare sessionId: string | null;
  declare filter: string;
  declare theme: string | null;
  declare tokenProvider: TokenProvider | null;
  #life: Life | null = null;
  #settling = false;
  /** Whether whoever put it on the page had the time to say whose it is. */
  #mayBegin = false;
  #opened: string | null = null;
  #needs = '';

  constructor() {
    super();
    this.baseUrl = '.';
    this.graphId = null;
    this.sessionId = null;
    this.filter = '';
    this.theme = null;
    this.tokenProvider = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A page that awaits the module sets what it has to right after: nothing is asked for before.
    setTimeout(() => {
      this.#mayBegin = this.isConnected;
      this.#settle();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // It may only be moved to another place.
    this.#settleSoon();
  }

  reload(): void {
    this.#end();
    this.#settleSoon();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    this.#settleSoon();
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const life = this.#life;
    if (this.panel === null || life === null) return;
    const { graphId, sessionId } = this.panel.place.get();
    const model = this.panel.opening.get()?.session.model.get() ?? null;
    const needs = this.panel.pane.needs.get()?.model.get();
    // Whoever hears of it may do anything, which is no part of drawing.
    queueMicrotask(() => {
      if (life !== this.#life) return;
      if (sessionId !== this.#opened) {
        this.#opened = sessionId;
        if (sessionId !== null) this.#tell('session-opened', { sessionId, graphId });
      }
      life.news.shown(model);
      if (needs?.phase === 'ready') this.#tellNeeds(needs.sessions.length, needs.more);
    });
  }

  #settleSoon(): void {
    if (this.#settling) return;
    this.#settling = true;
    queueMicrotask(() => {
      this.#settling = false;
      this.#settle();
    });
  }

  /** Has what is shown fit the attributes. */
  #settle(): void {
    if (!this.isConnected) {
      this.#mayBegin = false;
      this.#end();
    }
    if (!this.#mayBegin) return;
    const base = this.#base();
    const hasTokens = this.tokenProvider !== null;
    if (this.#life?.base !== base || this.#life.hasTokens !== hasTokens) {
      this.#end();
      this.#life = this.#begin(base, hasTokens);
    }
    this.#life.address.set(this.#whereabouts());
    const theme = themeOf(this.theme);
    const shown = this.shell?.themes.theme;
    if (shown !== undefined && shown.get() !== theme) shown.set(theme);
  }

  #begin(base: string, hasTokens: boolean): Life {
    const address = new HeldAddress(this.#whereabouts(), {
      base,
      onGo: (to, replaces) => {
        Object.assign(this, to);
        this.#tell('place-changed', { ...to, replaces });
      },
    });
    const news = new PromptNews({
      onOpened: (sessionId, { nodeId, interactionId, suspendEvent, idle }) => {
        const [kind = 'unknown'] = Object.keys(suspendEvent ?? {});
        this.#tell('prompt-opened', { sessionId, nodeId, interactionId, kind, idle });
      },
      onAnswered: (answer) => this.#tell('prompt-answered', answer),
    });
    const panel = createBrowserPanel({
      ...{ base, navigation: address },
      tokenProvider: () => this.tokenProvider,
      onResolved: (answer) => news.resolved(answer),
    });
    const shell = new Shell({
      ...{ panel, store: browserPreferences, width: this.clientWidth, theme: themeOf(this.theme) },
      onTheme: (theme) => {
        this.theme = theme === 'system' ? null : theme;
        this.#tell('theme-changed', { theme: theme === 'system' ? null : theme });
      },
    });
    const listening = new AbortController();
    const { signal } = listening;
    addEventListener('pagehide', () => panel.deletes.flush(), { signal });
    addEventListener('online', () => panel.retryNow(), { signal });
    const sizes = new ResizeObserver(() => shell.resized(this.clientWidth));
    sizes.observe(this);
    this.panel = panel;
    this.shell = shell;
    shell.start();
    panel.start();
    return {
      ...{ base, hasTokens, address, news },
      end: () => {
        address.close();
        listening.abort();
        sizes.disconnect();
        panel.stop();
      },
    };
  }

  #end(): void {
    this.#life?.end();
    this.#life = null;
    this.#opened = null;
    this.#needs = '';
    this.panel = null;
    this.shell = null;
  }

  /** The server's address, with a slash at its end. */
  #base(): string {
    const url = new URL(this.baseUrl, document.baseURI);
    url.search = '';
    url.hash = '';
    // The page's own folder is where the page is; any other is named without its last slash as well.
    if (this.baseUrl !== '' && !url.pathname.endsWith('/')) url.pathname += '/';
    return new URL('.', url).href;
  }

  #whereabouts(): Whereabouts {
    const { graphId, sessionId, filter } = this;
    return { graphId: graphId || null, sessionId: sessionId || null, filter };
  }

  #tellNeeds(count: number, more: boolean): void {
    const needs = `${count} ${more}`;
    if (needs === this.#needs) return;
    this.#needs = needs;
    this.#tell('needs-changed', { count, more });
  }

  #tell<K extends keyof ReattachPanelEventMap>(
    type: K,
    detail: ReattachPanelEventMap[K]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('reattach-panel', ReattachPanel satisfies typeof DeclaredPanel);
