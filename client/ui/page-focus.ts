import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { PageFocus } from '../state/commands.ts';
import type { Shell } from '../state/shell.ts';
import type { PromptCard } from './prompt-card.ts';
import { SessionListElement } from './session-list.ts';
import type { SessionPane } from './session-pane.ts';

/** The panel, as far as its focus is concerned. */
export interface FocusHost extends HTMLElement, ReactiveControllerHost {
  readonly shell: Shell | null;
  /** Whether there is nothing on the page beside it. */
  readonly wholePage: boolean;
}

/**
 * Moves the focus between the parts of the panel, and brings it back when what had it is gone: a
 * keyboard that is nowhere has to begin again at the top. What has the focus outside of the panel is
 * none of its business.
 */
export class PageFocusKeeper implements ReactiveController, PageFocus {
  readonly #host: FocusHost;
  /** What of the panel had the focus when it was looked at last. */
  #last: Element | null = null;
  #checking = false;

  constructor(host: FocusHost) {
    this.#host = host;
    host.addController(this);
  }

  readonly filter = (): void => {
    void this.#withList((list) => list.focusFilter());
  };

  readonly list = (): void => {
    const openId = this.#host.shell?.panel.place.get().sessionId;
    void this.#withList((list) => list.focusRow(openId));
  };

  readonly graph = (): void => {
    this.#host.shadowRoot?.querySelector<HTMLElement>('select')?.focus();
  };

  readonly session = (): void => {
    if (this.#host.shell?.panel.opening.get() == null) this.list();
    else void this.#title();
  };

  /** The prompt after the one with the focus, then another session's, then the first again. */
  readonly nextPrompt = (): void => {
    const pane = this.#pane();
    const cards = [...(pane?.renderRoot.querySelectorAll('reattach-prompt-card') ?? [])];
    const at = cards.findIndex((card) => card.shadowRoot?.activeElement != null);
    const next = cards[at + 1];
    const panel = this.#host.shell?.panel;
    const openId = panel?.place.get().sessionId;
    const others = panel?.pane.needs.get()?.model.get().sessions ?? [];
    const other = others.find(({ sessionId }) => sessionId !== openId);
    if (next !== undefined) pane?.focusPrompt(next);
    else if (other !== undefined) panel?.answerSession(other);
    else if (cards.length > 0) pane?.focusPrompt();
  };

  /** Goes back one level from what has the focus. False when there is nothing to go back from. */
  back(path: readonly EventTarget[], typing: boolean): boolean {
    const card = path.find(isPromptCard);
    const pane = this.#pane();
    if (card !== undefined) {
      if (typing) card.focusPrompt();
      else pane?.focusTitle();
      return true;
    }
    if (path.some((target) => target instanceof SessionListElement)) {
      if (typing) this.list();
      return typing;
    }
    // From the bar there is nowhere to go back to; from nowhere there is what is shown.
    if (pane === null || (!path.includes(pane) && path[0] !== document.body)) return false;
    if (typing) pane.focusTitle();
    else this.#host.shell?.panel.closeSession();
    return true;
  }

  hostConnected(): void {
    document.addEventListener('focusin', this.#look);
  }

  hostDisconnected(): void {
    document.removeEventListener('focusin', this.#look);
  }

  // What moves within one shadow tree is not heard of here: it is looked at before each update too.
  hostUpdate(): void {
    this.#look();
  }

  hostUpdated(): void {
    if (this.#checking) return;
    this.#checking = true;
    // The parts of the page draw themselves after it, and see to their own focus first.
    requestAnimationFrame(() => {
      this.#checking = false;
      this.#check();
    });
  }

  readonly #look = (): void => {
    const active = deepActive(this.#host);
    if (active !== null) this.#last = active;
    else if (!isFocusNowhere()) this.#last = null;
  };

  #check(): void {
    this.#look();
    const last = this.#last;
    this.#last = deepActive(this.#host);
    // Where it is seen still, it has the focus, or somebody clicked beside it.
    if (last !== null && !(last.isConnected && last.checkVisibility())) this.#rescue();
  }

  /** To what there is: a list that a person closed stays closed. */
  #rescue(): void {
    const panel = this.#host.shell?.panel;
    if (panel == null) return;
    if (panel.opening.get() !== null || panel.listOpen.get()) this.session();
    else this.#host.shadowRoot?.querySelector<HTMLElement>('button')?.focus();
  }

  async #title(): Promise<void> {
    // It may be opened, and its code fetched, just now.
    await customElements.whenDefined('reattach-session-pane');
    this.#host.requestUpdate();
    await this.#host.updateComplete;
    const pane = this.#pane();
    await pane?.updateComplete;
    pane?.focusTitle();
  }

  #pane(): SessionPane | null {
    return this.#host.shadowRoot?.querySelector('reattach-session-pane') ?? null;
  }

  /** Opens the list where it is closed, or behind the session. */
  async #withList(focus: (list: SessionListElement) => void): Promise<void> {
    const { shell } = this.#host;
    if (shell === null) return;
    if (shell.layout.onePane.get()) shell.panel.closeSession();
    if (!shell.panel.listOpen.get()) shell.setListOpen(true);
    await this.#host.updateComplete;
    const list = this.#host.shadowRoot?.querySelector('reattach-session-list');
    await list?.updateComplete;
    if (list != null) focus(list);
  }
}

/** By its name: its code is not there before the first prompt is. */
function isPromptCard(target: EventTarget): target is PromptCard {
  return target instanceof HTMLElement && target.localName === 'reattach-prompt-card';
}

/** What of the panel has the focus, within all its shadow trees; null for nothing. */
function deepActive({ shadowRoot }: FocusHost): Element | null {
  let active = shadowRoot?.activeElement ?? null;
  while (active?.shadowRoot?.activeElement != null) active = active.shadowRoot.activeElement;
  return active;
}

/** Whether nothing has the focus, as when what had it was removed. */
function isFocusNowhere(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active === document.documentElement;
}
