import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { controls } from '../styles/controls.css.ts';
import { blobOf } from './views/blob-of.ts';
import { byteSize } from './views/byte-size.ts';

/** Media of a run: a picture, sound or film is shown, anything else can be saved. */
export class MediaPart extends LitElement {
  static override properties = {
    mimeType: { attribute: false },
    data: { attribute: false },
    broken: { state: true },
  };
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
      }

      img,
      video {
        display: block;
        max-width: 100%;
        max-height: 240px;
        border-radius: var(--radius);
        background: var(--surface-sunken);
      }

      audio {
        width: 100%;
        max-width: 320px;
      }

      a {
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare mimeType: string;
  /** Base64. */
  declare data: string;
  /** Whether the browser cannot show it. */
  declare broken: boolean;
  #url: string | null = null;

  constructor() {
    super();
    this.mimeType = '';
    this.data = '';
    this.broken = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#letGo();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('data') || changed.has('mimeType')) {
      this.#letGo();
      this.broken = false;
    }
    if (this.#url !== null || !this.isConnected) return;
    const blob = blobOf(this.mimeType, this.data);
    if (blob === null) this.broken = true;
    else this.#url = URL.createObjectURL(blob);
  }

  override render(): TemplateResult {
    const { mimeType, data } = this;
    const name = `${mimeType}, ${byteSize(data.length * 0.75)}`;
    if (this.#url === null) return html`<span class="quiet-text">${name}</span>`;
    const fail = (): void => void (this.broken = true);
    const [kind] = this.broken ? [] : mimeType.split('/');
    switch (kind) {
      case 'image':
        return html`<img src=${this.#url} alt="Picture (${name})" @error=${fail} />`;
      case 'audio':
        return html`<audio
          controls
          src=${this.#url}
          aria-label="Sound (${name})"
          @error=${fail}
        ></audio>`;
      case 'video':
        return html`<video
          controls
          src=${this.#url}
          aria-label="Film (${name})"
          @error=${fail}
        ></video>`;
      default:
        return html`<a href=${this.#url} download>Save ${name}</a>`;
    }
  }

  #letGo(): void {
    if (this.#url !== null) URL.revokeObjectURL(this.#url);
    this.#url = null;
  }
}

customElements.define('reattach-media-part', MediaPart);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-media-part': MediaPart;
  }
}
