import type { ReactiveController } from 'lit';
import type { Shell } from '../state/shell.ts';
import { shortcutOf } from '../state/shortcuts.ts';
import { keyPressOf } from './key-press.ts';
import type { FocusHost, PageFocusKeeper } from './page-focus.ts';

/**
 * The shortcuts that hold in the panel as a whole; lists and prompts have theirs. Beside other things
 * on a page they hold while the focus is in the panel.
 */
export class PageKeys implements ReactiveController {
  readonly #host: FocusHost;
  readonly #focus: PageFocusKeeper;

  constructor(host: FocusHost, focus: PageFocusKeeper) {
    this.#host = host;
    this.#focus = focus;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.addEventListener('keydown', this.#pressed);
    document.addEventListener('keydown', this.#pressedBeside);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('keydown', this.#pressed);
    document.removeEventListener('keydown', this.#pressedBeside);
  }

  /** With the focus nowhere. */
  readonly #pressedBeside = (event: KeyboardEvent): void => {
    const host = this.#host;
    if (host.wholePage && !event.composedPath().includes(host)) this.#pressed(event);
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    const { shell } = this.#host;
    const path = event.composedPath();
    // A dialog is left by its own keys.
    const inDialog = path.some((target) => target instanceof HTMLDialogElement && target.open);
    if (shell === null || event.defaultPrevented || inDialog || isModal(this.#host)) return;
    if (this.#act(event, shell, path)) event.preventDefault();
  };

  /** Does what a key means. False when it means nothing here. */
  #act(event: KeyboardEvent, shell: Shell, path: readonly EventTarget[]): boolean {
    const press = keyPressOf(event);
    const focus = this.#focus;
    switch (shortcutOf(press, ['anywhere', 'page'])) {
      case 'palette':
        shell.palette.show();
        return true;
      case 'back':
        return focus.back(path, press.typing);
      case 'sheet':
        shell.palette.showSheet();
        return true;
      case 'filter':
        focus.filter();
        return true;
      case 'rows':
        focus.list();
        return true;
      case 'next-prompt':
        focus.nextPrompt();
        return true;
      case 'graph':
        focus.graph();
        return true;
      case 'toggle-list':
        shell.toggleList();
        return true;
      default:
        return false;
    }
  }
}

/** Whether a question or the palette is before the page; then nothing has the focus for a moment. */
function isModal({ shell }: FocusHost): boolean {
  if (shell === null) return false;
  const { palette, panel } = shell;
  const asked = panel.confirming.get() !== null || panel.pane.confirming.get() !== null;
  return palette.open.get() || palette.sheetOpen.get() || asked;
}
