// The element as a page sees it. It imports nothing: built, it is the types of the package's `./panel`.

/**
 * Gives the token for a request, null for none. `refused` is the one that the server has just refused,
 * as it expired perhaps; null unless it has.
 */
export type TokenProvider = (request: {
  readonly refused: string | null;
}) => string | null | Promise<string | null>;

/** A session is shown. */
export interface SessionOpened {
  readonly sessionId: string;
  /** Null while only the session is known. */
  readonly graphId: string | null;
}

/** A prompt of the session that is shown waits for an answer. */
export interface PromptOpened {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly interactionId: string;
  /** `inputNode`, `waitForInput`, `waitForChoice`, `queryConsent`, or another; `unknown` for none. */
  readonly kind: string;
  /** It is there to be used some day, and keeps nobody waiting. */
  readonly idle: boolean;
}

/** A prompt that waited was answered, and the answer is stored. */
export interface PromptAnswered {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly interactionId: string;
  /** As in PROTOCOL.md, by the kind of the prompt. */
  readonly response: unknown;
  /** Whether it was answered in this panel. */
  readonly here: boolean;
}

/** The person went elsewhere in the panel. Its attributes say the same. */
export interface PlaceChanged {
  readonly graphId: string | null;
  readonly sessionId: string | null;
  readonly filter: string;
  /** The panel corrected where it was: there is no way back to there. */
  readonly replaces: boolean;
}

/** The person chose a theme. The attribute says the same. */
export interface ThemeChanged {
  readonly theme: 'light' | 'dark' | null;
}

/** Another number of sessions waits for an answer, over all graphs. */
export interface NeedsChanged {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
}

export interface ReattachPanelEventMap {
  'session-opened': CustomEvent<SessionOpened>;
  'prompt-opened': CustomEvent<PromptOpened>;
  'prompt-answered': CustomEvent<PromptAnswered>;
  'place-changed': CustomEvent<PlaceChanged>;
  'theme-changed': CustomEvent<ThemeChanged>;
  'needs-changed': CustomEvent<NeedsChanged>;
}

/** `<reattach-panel>`. docs/embedding.md shows how it is used. */
export interface ReattachPanelElement extends HTMLElement {
  /** `base-url`: where the server is, relative to the page; the page's own folder unless given. */
  baseUrl: string;
  /** `graph-id`: the graph whose sessions are listed; the first one unless given. */
  graphId: string | null;
  /** `session-id`: the session that is shown. */
  sessionId: string | null;
  /** `filter`: which sessions are listed, as `status=failed&q=ghent&needsAnswer=true`. */
  filter: string;
  /** `theme`: `light` or `dark`; as the page around it for anything else. */
  theme: string | null;
  /** `whole-page`: there is nothing on the page beside it. It fills it, and has all its keys. */
  wholePage: boolean;
  /** Asked for the token of each request; null where cookies, or nothing, are enough. */
  tokenProvider: TokenProvider | null;
  /** Forgets all that was read and begins anew, as for another person. */
  reload(): void;
  addEventListener<K extends keyof ReattachPanelEventMap>(
    type: K,
    listener: (event: ReattachPanelEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** The class of `<reattach-panel>`; importing the module defines the element. */
export declare const ReattachPanel: new () => ReattachPanelElement;

declare global {
  interface HTMLElementTagNameMap {
    'reattach-panel': ReattachPanelElement;
  }
}
