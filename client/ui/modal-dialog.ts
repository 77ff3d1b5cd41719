import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * Keeps a host's `<dialog>` as open as its state says. A browser tells of each closing some time
 * after it: what the host itself has closed must not count as a person's wish, since the state may
 * have asked for the dialog again by then.
 */
export class ModalDialog implements ReactiveController {
  readonly #host: ReactiveControllerHost & { readonly renderRoot: ParentNode };
  readonly #isOpen: () => boolean;
  readonly #dismissed: () => void;
  /** How many of the closings that are yet to be told of are the host's own. */
  #own = 0;

  /** `dismissed` is called when a person closes the dialog, by Esc or as their device has it. */
  constructor(
    host: ReactiveControllerHost & { readonly renderRoot: ParentNode },
    isOpen: () => boolean,
    dismissed: () => void,
  ) {
    this.#host = host;
    this.#isOpen = isOpen;
    this.#dismissed = dismissed;
    host.addController(this);
  }

  /** Listens to the `close` event of the dialog. */
  readonly closed = (): void => {
    if (this.#own > 0) this.#own -= 1;
    else this.#dismissed();
  };

  /** Closes at once: the focus goes back to where it was. The state has to follow. */
  close(): void {
    const dialog = this.#dialog;
    if (dialog?.open !== true) return;
    this.#own += 1;
    dialog.close();
  }

  hostUpdated(): void {
    if (!this.#isOpen()) this.close();
    else if (this.#dialog?.open === false) this.#dialog.showModal();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#host.renderRoot.querySelector('dialog');
  }
}
