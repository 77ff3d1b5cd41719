// Longer than most: what the log shows, where it is scrolled and what has the focus change together,
// with every render.
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './node-card.ts';
import type { Json } from '../../shared/json.ts';
import type { SessionSummary } from '../../shared/session.ts';
import { activityOf } from '../../shared/session-state.ts';
import type { AnswersModel, DraftChange } from '../state/answers.ts';
import { FollowMode, newText, type ScrollPlace } from '../state/follow-mode.ts';
import type { OpenSessionModel } from '../state/open-session.ts';
import type { LostConnection } from '../state/stream-text.ts';
import { handleOf, type SessionHandle } from '../state/session-handle.ts';
import type { PromptForm } from '../../shared/prompt-form.ts';
import { controls } from '../styles/controls.css.ts';
import { liveMarkStyles } from '../styles/live-mark.css.ts';
import { sessionPaneStyles } from '../styles/session-pane.css.ts';
import { statusStyles } from '../styles/status.css.ts';
import type { PromptCard } from './prompt-card.ts';
import type { NodeCardInput } from './node-card.ts';
import { promptsView } from './views/prompts-view.ts';
import { liveMark } from './views/live-mark.ts';
import { paneTabs, type PaneTab } from './views/pane-tabs.ts';
import { sessionHead } from './views/session-head.ts';

/** What the pane of the open session shows, and what it says when a person acts. */
export interface SessionPaneInput {
  readonly model: OpenSessionModel;
  readonly answers: AnswersModel;
  /** The session's row of the list, where it is known: newer than the report. */
  readonly summary: SessionSummary | undefined;
  /** How the stream is, in words. */
  readonly streamText: string;
  /** The connection that it waits for; null while all is well. */
  readonly lost: LostConnection | null;
  /** Unix seconds. */
  readonly now: number;
  readonly onClose: () => void;
  readonly onRetry: () => void;
  readonly onCancel: (session: SessionHandle) => void;
  readonly onDelete: (session: SessionHandle) => void;
  readonly onContinue: (session: SessionHandle) => void;
  /** How many characters of base64 an answer may have; null for not known. */
  readonly fileLimit: number | null;
  readonly onEdit: (interactionId: string, change: DraftChange, pointer?: string) => void;
  readonly onSubmit: (
    interactionId: string,
    form: PromptForm,
    unreadable: readonly string[],
  ) => void;
  readonly onAnswer: (interactionId: string, response: Json) => void;
  /** The draft of a prompt that is closed is not wanted any more. */
  readonly onDismiss: (interactionId: string) => void;
}

/** The open session: what it is, what happened in it, and what it asks. */
export class SessionPane extends LitElement {
  static override properties = {
    input: { attribute: false },
    onePane: { type: Boolean, attribute: 'one-pane', reflect: true },
  };
  static override styles = [controls, statusStyles, liveMarkStyles, sessionPaneStyles];

  declare input: SessionPaneInput | null;
  /** Whether there is room for the log or the prompts, and not for both. */
  declare onePane: boolean;
  /** Which of the two is shown then. */
  #tab: PaneTab = 'prompts';
  readonly #follow = new FollowMode();
  // What a node shows is there some renders after the node is: only its size tells when.
  readonly #growth = new ResizeObserver(() => this.#grew());
  #watched: Element | null = null;
  /** Whoever turns the wheel has let go before the log has moved: it must not be moved back. */
  readonly #wheel = {
    passive: true,
    handleEvent: (event: WheelEvent) => {
      if (event.deltaY < 0 && (this.#log?.scrollTop ?? 0) > 0) this.#release();
    },
  };
  #focusedPrompt: string | null = null;
  #hadFocus = false;
  /** The title has the focus in place of a prompt that was closed. */
  #awaitsNext = false;
  /** The prompts that were shown, in order, with those that are closed by now. */
  #asked: readonly string[] = [];

  constructor() {
    super();
    this.input = null;
    this.onePane = false;
  }

  /** Puts the focus on the session's title. */
  focusTitle(): void {
    this.renderRoot.querySelector('h2')?.focus();
  }

  /**
   * Puts the focus on the first control of a prompt, the first one unless another is named; on the title
   * when there is none.
   */
  focusPrompt(card = this.renderRoot.querySelector('reattach-prompt-card')): void {
    if (card === null) {
      this.focusTitle();
      return;
    }
    this.#show('prompts');
    void this.updateComplete.then(() => focusPrompt(card));
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('input');
    if (changed.has('input') && before?.model.sessionId !== this.input?.model.sessionId) {
      this.#follow.reset();
      this.#tab = 'prompts';
      this.#awaitsNext = false;
      this.#asked = [];
    }
    const open = this.input?.model.prompts.keys() ?? [];
    const added = [...open].filter((id) => !this.#asked.includes(id));
    if (added.length > 0) this.#asked = [...this.#asked, ...added];
    const focused = this.shadowRoot?.activeElement?.closest<HTMLElement>('[data-interaction]');
    this.#focusedPrompt = focused?.dataset['interaction'] ?? null;
    this.#hadFocus = this.shadowRoot?.activeElement != null;
  }

  override updated(): void {
    this.#watchGrowth();
    this.#keepFocus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#growth.disconnect();
    this.#watched = null;
  }

  /**
   * When the prompt that had the focus is gone, the next one takes it, or the session's title until
   * there is a next one. The title also takes it from any other control that is gone.
   */
  #keepFocus(): void {
    const prompts = [...this.renderRoot.querySelectorAll<HTMLElement>('[data-interaction]')];
    const focused = this.#focusedPrompt;
    const isGone =
      focused !== null && prompts.every(({ dataset }) => dataset['interaction'] !== focused);
    const title = this.renderRoot.querySelector('h2');
    const stillThere = this.#awaitsNext && this.shadowRoot?.activeElement === title;
    if (!isGone && !stillThere) {
      if (this.#hadFocus && this.shadowRoot?.activeElement == null) title?.focus();
      return;
    }
    const next = prompts[0]?.querySelector('reattach-prompt-card');
    this.#awaitsNext = next == null;
    if (next == null) title?.focus();
    else void focusPrompt(next);
  }

  override render(): TemplateResult {
    if (this.input === null) return html``;
    const { model } = this.input;
    return html`<section aria-label="Session" class=${model.phase}>
      ${sessionHead(this.input)}
      ${model.phase === 'deleted' ? html`<p class="empty">There is nothing to show.</p>` : this.#body()}
    </section>`;
  }

  #body(): TemplateResult {
    const { model } = this.input ?? unreachable();
    const prompts = model.caughtUp || model.prompts.size > 0 ? this.#prompts() : nothing;
    const tabbed = this.onePane && prompts !== nothing;
    return html`${
        tabbed
          ? paneTabs({
              ...{ shown: this.#tab, open: model.prompts.size },
              onShow: (tab) => this.#show(tab),
            })
          : nothing
      }
      <div class="body ${tabbed ? `showing-${this.#tab}` : ''}">
        <div
          class="frame"
          id="log"
          role=${tabbed ? 'tabpanel' : nothing}
          aria-labelledby=${tabbed ? 'tab-log' : nothing}
        >
          <div
            class="log ${this.#follow.following ? 'following' : ''}"
            tabindex="0"
            role="log"
            aria-live="off"
            aria-label="Nodes"
            @scroll=${this.#scrolled}
            @wheel=${this.#wheel}
            @keydown=${this.#key}
          >
            <div class="nodes">
              ${repeat(
                nodesOf(this.input ?? unreachable(), this.#follow.following),
                (node) => node.id,
                (node) =>
                  html`${node.isMarked ? liveMark() : nothing}<reattach-node-card
                      .input=${node}
                    ></reattach-node-card>`,
              )}
              ${isLiveAtEnd(model) ? liveMark() : nothing} ${endView(model)}
            </div>
          </div>
          ${this.#toEnd()}
        </div>
        ${prompts === nothing ? nothing : html`<slot name="divider"></slot>`} ${prompts}
      </div>`;
  }

  #prompts(): TemplateResult | typeof nothing {
    const input = this.input ?? unreachable();
    const { model } = input;
    // Nobody is asked; the log shows what was.
    if (handleOf(model, input.summary).imported === 'readOnly') return nothing;
    return promptsView({
      ...input,
      tabbed: this.onePane,
      asked: this.#asked,
      open: model.prompts,
      titleOf: (nodeId) => titleOf(model, nodeId),
    });
  }

  #show(tab: PaneTab): void {
    this.#tab = tab;
    this.requestUpdate();
  }

  /** The way back to the end of the log, once it was left. */
  #toEnd(): TemplateResult | typeof nothing {
    const text = newText(this.#follow.since, this.#seen);
    if (text === null) return nothing;
    return html`<button type="button" class="to-end" @click=${this.#followEnd}>
      ${text} <span aria-hidden="true">↓</span>
    </button>`;
  }

  get #seen(): number {
    return this.input?.model.seen ?? 0;
  }

  get #log(): Element | null {
    return this.renderRoot.querySelector('.log');
  }

  #watchGrowth(): void {
    const nodes = this.renderRoot.querySelector('.nodes');
    if (nodes === this.#watched) return;
    this.#growth.disconnect();
    this.#watched = nodes;
    if (nodes === null) return;
    this.#growth.observe(nodes);
    if (this.#log !== null) this.#growth.observe(this.#log);
  }

  #grew(): void {
    const log = this.#log;
    if (log !== null) {
      if (this.#follow.following) log.scrollTop = log.scrollHeight;
      this.#follow.placed(placeOf(log));
    }
    this.#look();
  }

  /** Has the nodes draw what is to be seen of them. */
  #look(): void {
    const { top, bottom } = this.#log?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    for (const card of this.renderRoot.querySelectorAll('reattach-node-card'))
      card.look(top, bottom);
  }

  #scrolled(event: Event): void {
    const log = event.currentTarget;
    if (!(log instanceof HTMLElement)) return;
    this.#changeFollow(() => this.#follow.scrolled(placeOf(log), this.#seen));
    this.#look();
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return;
    const isUp = ['ArrowUp', 'PageUp', 'Home'].includes(event.key);
    if (isUp || (event.key === ' ' && event.shiftKey)) {
      if (this.#log !== null && this.#log.scrollTop > 0) this.#release();
    } else if (event.key === 'End') {
      event.preventDefault();
      this.#followEnd();
    }
  }

  #release(): void {
    this.#changeFollow(() => this.#follow.release(this.#seen));
  }

  #followEnd(): void {
    const hadFocus = this.shadowRoot?.activeElement?.classList.contains('to-end') === true;
    this.#changeFollow(() => this.#follow.follow());
    const log = this.renderRoot.querySelector<HTMLElement>('.log');
    if (log === null) return;
    // The button is about to go.
    if (hadFocus) log.focus();
    log.scrollTop = log.scrollHeight;
    this.#follow.placed(placeOf(log));
  }

  #changeFollow(change: () => void): void {
    const before = this.#follow.since;
    change();
    if (this.#follow.since !== before) this.requestUpdate();
  }
}

/** A node, and whether it is the first that began before one's eyes. */
interface NodeInput extends NodeCardInput {
  readonly isMarked: boolean;
}

function placeOf(log: Element): ScrollPlace {
  return { top: log.scrollTop, viewHeight: log.clientHeight, height: log.scrollHeight };
}

/** Whether nothing has happened since the log was replayed, and something may. */
function isLiveAtEnd({ liveFrom, seen, phase }: OpenSessionModel): boolean {
  return phase === 'live' && liveFrom !== null && liveFrom === seen;
}

/** Its code comes with the first prompt. */
async function focusPrompt(prompt: PromptCard): Promise<void> {
  await customElements.whenDefined('reattach-prompt-card');
  await prompt.updateComplete;
  prompt.focusFirst();
}

function endView({ state, phase }: OpenSessionModel): TemplateResult | typeof nothing {
  if (phase === 'connecting' && state.lastIndex < 0) {
    return html`<p class="empty">Waiting for the session…</p>`;
  }
  if (state.error === null) return nothing;
  return html`<div class="failure" role="group" aria-label="Session error">
    <h3>The run failed</h3>
    <reattach-long-text .text=${state.error}></reattach-long-text>
  </div>`;
}

/** The nodes in order of execution, then those that have not begun. */
function nodesOf({ model, now }: SessionPaneInput, following: boolean): NodeInput[] {
  const { state, view, liveFrom } = model;
  const begun = new Set(view.nodes.map((node) => node.id));
  const pending = [...state.nodes.keys()].filter((id) => !begun.has(id));
  const outlines = new Map(state.graph.nodes.map((node) => [node.id, node]));
  const first = liveFrom === null ? undefined : view.nodes.find(({ index }) => index >= liveFrom);
  const input = (id: string, node: NodeCardInput['view']): NodeInput => {
    const known = state.nodes.get(id);
    return {
      id,
      title: outlines.get(id)?.title ?? id,
      type: outlines.get(id)?.type ?? '',
      activity: known === undefined ? 'pending' : activityOf(state, known),
      view: node,
      // All of a node that began later is live.
      liveFrom: node !== null && liveFrom !== null && node.index < liveFrom ? liveFrom : null,
      now,
      following,
      isMarked: node !== null && node === first,
    };
  };
  return [
    ...view.nodes.map((node) => input(node.id, node)),
    ...pending.map((id) => input(id, null)),
  ];
}

function titleOf({ state }: OpenSessionModel, nodeId: string): string {
  return state.graph.nodes.find((node) => node.id === nodeId)?.title ?? nodeId;
}

function unreachable(): never {
  throw new Error('The body is rendered only with its input.');
}

customElements.define('reattach-session-pane', SessionPane);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-session-pane': SessionPane;
  }
}
