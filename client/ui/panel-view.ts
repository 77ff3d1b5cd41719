import { SignalWatcher } from '@lit-labs/signals';
import {
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from 'lit';
import './command-palette.ts';
import './confirm-dialog.ts';
import './pane-divider.ts';
import './shortcut-sheet.ts';
import type { PaneName } from '../state/layout.ts';
import type { Opening, Panel } from '../state/panel.ts';
import type { Shell } from '../state/shell.ts';
import { controls } from '../styles/controls.css.ts';
import { panelTheme } from '../styles/panel-theme.css.ts';
import { panelViewStyles } from '../styles/panel-view.css.ts';
import { PageFocusKeeper } from './page-focus.ts';
import { PageKeys } from './page-keys.ts';
import { graphBar } from './views/graph-bar.ts';
import { connectionText, lostConnection, streamText } from '../state/stream-text.ts';
import { liveRegions } from './views/live-regions.ts';
import { bulkQuestion, sessionQuestion } from './views/questions.ts';
import { listPane } from './views/list-pane.ts';
import { loadPrompts } from './views/load-prompts.ts';
import { toasts } from './views/toasts.ts';

/** A panel that only lists has no need of it. What it may ask comes beside it, not after it. */
const loadPane = async () => {
  void loadPrompts();
  await import('./session-pane.ts');
};

/** The whole of what is seen: reads the panel's signals and gives them to the views. */
export class PanelView extends SignalWatcher(LitElement) {
  static override properties: PropertyDeclarations = {
    panel: { attribute: false },
    shell: { attribute: false },
    wholePage: { type: Boolean, attribute: 'whole-page', reflect: true },
  };
  static override styles = [controls, panelTheme, panelViewStyles];

  declare panel: Panel | null;
  declare shell: Shell | null;
  /** Whether there is nothing on the page beside it: it then fills it, and has all its keys. */
  declare wholePage: boolean;
  /** The session that was shown; undefined before anything was. */
  #shown: string | null | undefined;
  readonly #focus = new PageFocusKeeper(this);

  constructor() {
    super();
    this.panel = null;
    this.shell = null;
    this.wholePage = false;
    new PageKeys(this, this.#focus);
  }

  override render(): TemplateResult {
    const { panel, shell } = this;
    if (panel === null || shell === null) return html``;
    const opening = panel.opening.get();
    const listOpen = panel.listOpen.get();
    return html`<div class="panel ${shell.layout.onePane.get() ? 'one-pane' : ''}">
      ${this.#bar(panel, shell)}
      <div
        class="main ${opening === null ? 'listing' : 'viewing'} ${listOpen ? 'with-list' : ''}"
        role=${this.wholePage ? 'main' : 'group'}
        aria-label=${this.wholePage ? nothing : 'Sessions'}
      >
        ${
          listOpen
            ? html`<nav id="list" aria-label="Session list">${listPane(panel)}</nav>
                ${divider(shell, 'list', 'the session list')}`
            : nothing
        }
        ${
          opening === null
            ? html`<div class="none">
                <p>
                  ${
                    panel.graphs.offers(panel.place.get().graphId)
                      ? html`Pick a session, or press <b>Run</b> to start one.`
                      : 'Pick a session.'
                  }
                </p>
              </div>`
            : this.#session(panel, opening)
        }
      </div>
      ${toasts({
        undoable: panel.deletes.undoable.get(),
        notices: panel.notices.model.get(),
        onUndo: (sessionId) => panel.deletes.undo(sessionId),
        onDismiss: (id) => panel.notices.dismiss(id),
      })}
      <reattach-confirm-dialog
        .question=${sessionQuestion(panel.confirming.get())}
        .onAnswer=${(yes: boolean) => void panel.confirm(yes)}
      ></reattach-confirm-dialog>
      <reattach-confirm-dialog
        .question=${bulkQuestion(panel.pane.confirming.get())}
        .onAnswer=${(yes: boolean) => void panel.pane.confirm(yes)}
      ></reattach-confirm-dialog>
      <reattach-command-palette .palette=${shell.palette}></reattach-command-palette>
      <reattach-shortcut-sheet
        .open=${shell.palette.sheetOpen.get()}
        .onClose=${() => shell.palette.hideSheet()}
      ></reattach-shortcut-sheet>
      ${liveRegions(panel.announcer.polite.get(), panel.announcer.urgent.get())}
    </div>`;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('shell') && this.shell !== null) this.shell.focus = this.#focus;
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.#applyLayout();
    this.#focusPrompt();
    if (this.panel === null) return;
    const open = this.panel.place.get().sessionId;
    if (open === this.#shown) return;
    const before = this.#shown;
    this.#shown = open;
    // Where there is room for one pane, the one that had the focus may just have gone.
    // What has just been put on a page leaves the focus where it is.
    if (before === undefined) return;
    if (open !== null) void this.#focusSession();
    else if (before !== null) this.#focusList(before);
  }

  #bar(panel: Panel, shell: Shell): TemplateResult {
    return graphBar({
      wholePage: this.wholePage,
      model: panel.graphs.model.get(),
      graphId: panel.place.get().graphId,
      starting: panel.starting.get(),
      connection: connectionText(panel.connection.get()),
      onPick: (graphId) => panel.pickGraph(graphId),
      onRun: () => void panel.run(),
      onRefresh: () => void panel.graphs.refresh(),
      onRetry: () => panel.retryNow(),
      listOpen: panel.listOpen.get(),
      theme: shell.themes.theme.get(),
      onToggleList: () => shell.toggleList(),
      onNextTheme: () => shell.themes.next(),
      onPalette: () => shell.palette.show(),
    });
  }

  #session(panel: Panel, { session, answers }: Opening): TemplateResult {
    if (customElements.get('reattach-session-pane') === undefined) {
      void loadPane().then(() => this.requestUpdate());
      return html`<div class="none"></div>`;
    }
    const list = panel.list.get();
    list?.model.get();
    const model = session.model.get();
    const input = {
      model,
      answers: answers.model.get(),
      summary: list?.find(session.sessionId),
      streamText: streamText(model, panel.connection.get()),
      lost: lostConnection(model, panel.connection.get()),
      onRetry: () => panel.retryNow(),
      now: panel.now.get(),
      onClose: () => panel.closeSession(),
      onCancel: panel.cancel.bind(panel),
      onDelete: panel.remove.bind(panel),
      onContinue: panel.continue.bind(panel),
      fileLimit: panel.fileLimit.get(),
      onDismiss: panel.dismissDraft.bind(panel),
      onEdit: panel.edit.bind(panel),
      onSubmit: panel.submit.bind(panel),
      onAnswer: panel.answer.bind(panel),
    };
    return html`<reattach-session-pane
      .input=${input}
      .onePane=${this.shell?.layout.onePane.get() === true}
      >${this.shell === null ? nothing : divider(this.shell, 'prompts', 'the prompts')}</reattach-session-pane
    >`;
  }

  /** What the Content-Security-Policy would not let stand in the markup. */
  #applyLayout(): void {
    const panes = this.renderRoot.querySelector<HTMLElement>('.main');
    if (this.shell === null || panes === null) return;
    const { layout } = this.shell;
    panes.style.setProperty('--list-width', `${layout.list.get().now}px`);
    panes.style.setProperty('--prompts-width', `${layout.prompts.get().now}px`);
  }

  async #focusSession(): Promise<void> {
    await loadPane();
    await this.updateComplete;
    const pane = this.renderRoot.querySelector('reattach-session-pane');
    await pane?.updateComplete;
    const focused = this.shadowRoot?.activeElement;
    if (focused == null || !focused.checkVisibility()) pane?.focusTitle();
  }

  /** Once the replay is complete, the prompt that was asked for takes the focus. */
  #focusPrompt(): void {
    const { panel } = this;
    const wanted = panel?.promptWanted.get() ?? null;
    const model = panel?.opening.get()?.session.model.get();
    if (panel === null || wanted === null || model?.sessionId !== wanted) return;
    if (!model.caughtUp && model.phase !== 'deleted') return;
    const pane = this.renderRoot.querySelector('reattach-session-pane');
    if (pane === null) return;
    panel.promptWanted.set(null);
    void pane.updateComplete.then(() => pane.focusPrompt());
  }

  #focusList(sessionId: string): void {
    const focused = this.shadowRoot?.activeElement;
    if (focused != null && focused.checkVisibility()) return;
    const list = this.renderRoot.querySelector('reattach-session-list');
    void list?.updateComplete.then(() => list.focusRow(sessionId));
  }
}

/** The edge of a pane; the session has that of its prompts where they begin. */
function divider(shell: Shell, pane: PaneName, label: string): TemplateResult {
  const { layout } = shell;
  const input = {
    label,
    size: layout[pane].get(),
    side: pane === 'list' ? ('before' as const) : ('after' as const),
    onResize: (width: number) => layout.resize(pane, width),
    onReset: () => layout.resize(pane, null),
  };
  return html`<reattach-pane-divider
    slot=${pane === 'prompts' ? 'divider' : nothing}
    .input=${input}
  ></reattach-pane-divider>`;
}
