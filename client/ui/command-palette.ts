import { SignalWatcher } from '@lit-labs/signals';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { live } from 'lit/directives/live.js';
import type { Command } from '../state/commands.ts';
import type { Palette } from '../state/palette.ts';
import { shortcuts } from '../state/shortcuts.ts';
import { commandPaletteStyles } from '../styles/command-palette.css.ts';
import { controls } from '../styles/controls.css.ts';
import { dialogStyles } from '../styles/dialog.css.ts';
import { textOfTarget } from './views/field-values.ts';
import { ModalDialog } from './modal-dialog.ts';
import { keyCaps } from './views/key-caps.ts';

/** Everything that can be done, found by typing. */
export class CommandPalette extends SignalWatcher(LitElement) {
  static override properties = { palette: { attribute: false } };
  static override styles = [controls, dialogStyles, commandPaletteStyles];

  declare palette: Palette | null;
  readonly #dialog = new ModalDialog(
    this,
    () => this.palette?.open.get() === true,
    () => this.palette?.hide(),
  );

  constructor() {
    super();
    this.palette = null;
  }

  override render(): TemplateResult {
    const { palette } = this;
    const open = palette?.open.get() === true;
    return html`<dialog aria-label="Commands" @close=${this.#dialog.closed} @click=${this.#clicked}>
      ${open ? this.#content(palette) : nothing}
    </dialog>`;
  }

  #content(palette: Palette): TemplateResult {
    const matches = palette.matches.get();
    const active = palette.active.get();
    return html`<input
        type="text"
        role="combobox"
        aria-label="Command"
        aria-autocomplete="list"
        aria-controls="matches"
        aria-expanded=${matches.length > 0 ? 'true' : 'false'}
        aria-activedescendant=${active < 0 ? nothing : `match-${active}`}
        placeholder="Type a command, a graph or a session"
        autocomplete="off"
        spellcheck="false"
        .value=${live(palette.query.get())}
        @input=${(event: Event) => palette.type(textOfTarget(event))}
        @keydown=${this.#keyPressed}
      />
      <ul id="matches" role="listbox" aria-label="Commands" ?hidden=${matches.length === 0}>
        ${repeat(
          matches,
          ({ id }) => id,
          (command, n) => this.#option(command, n, n === active),
        )}
      </ul>
      ${matches.length > 0 ? nothing : html`<p class="none" role="status">Nothing fits.</p>`}`;
  }

  override updated(): void {
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  #option(command: Command, n: number, active: boolean): TemplateResult {
    const { title, kind, shortcut } = command;
    const keys = shortcuts.find(({ id }) => id === shortcut)?.keys;
    return html`<li
      role="option"
      id="match-${n}"
      aria-selected=${active ? 'true' : 'false'}
      @click=${() => this.#run(command)}
    >
      <span class="title" dir="auto">${title}</span>
      ${kind === 'action' ? nothing : html`<span class="kind">${kind}</span>`}
      ${keys === undefined ? nothing : keyCaps(keys)}
    </li>`;
  }

  #keyPressed(event: KeyboardEvent): void {
    const { palette } = this;
    if (palette === null || event.isComposing) return;
    switch (event.key) {
      case 'ArrowDown':
        palette.move(1);
        break;
      case 'ArrowUp':
        palette.move(-1);
        break;
      case 'Enter': {
        const command = palette.matches.get()[palette.active.get()];
        if (command !== undefined) this.#run(command);
        break;
      }
      default:
        return;
    }
    event.preventDefault();
  }

  /** Closes first: the focus goes back to where it was, and the command may move it from there. */
  #run(command: Command): void {
    this.#dialog.close();
    this.palette?.hide();
    command.run();
  }

  /** A click beside the dialog is on the dialog itself, whose content covers it. */
  #clicked(event: MouseEvent): void {
    if (event.target === event.currentTarget) this.palette?.hide();
  }
}

customElements.define('reattach-command-palette', CommandPalette);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-command-palette': CommandPalette;
  }
}
