import { html, LitElement, type TemplateResult } from 'lit';
import { timeLeft } from '../state/time-left.ts';

/** Counts down to a moment, and says what happens then. */
export class TimeLeft extends LitElement {
  static override properties = {
    until: { attribute: false },
    outcome: { attribute: false },
    now: { state: true },
  };

  /** Unix seconds. */
  declare until: number;
  /** What happens then, as in `Withdrawn`. */
  declare outcome: string;
  /** Unix milliseconds. */
  declare now: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.until = 0;
    this.outcome = '';
    this.now = Date.now();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#tick();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render(): TemplateResult {
    const left = this.until - this.now / 1000;
    const date = new Date(this.until * 1000);
    const moment = left <= 0 ? 'now' : `in ${timeLeft(left)}`;
    return html`<span role="timer" title=${date.toLocaleString()}>${this.outcome} ${moment}</span>`;
  }

  readonly #tick = (): void => {
    this.now = Date.now();
    clearTimeout(this.#timer);
    // On the second: two countdowns side by side move together.
    this.#timer = setTimeout(this.#tick, 1000 - (this.now % 1000));
  };
}

customElements.define('reattach-time-left', TimeLeft);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-time-left': TimeLeft;
  }
}
