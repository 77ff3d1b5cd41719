import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { DraftFile } from '../../shared/field-value.ts';
import { controls } from '../styles/controls.css.ts';
import { filePickerStyles } from '../styles/file-picker.css.ts';
import { blobOf } from './views/blob-of.ts';
import { byteSize } from './views/byte-size.ts';

/** The files of an answer, and where to put more. */
export interface FilePickerInput {
  readonly label: string;
  readonly description: string;
  /** Why the files do not do; null when nothing is wrong. */
  readonly problem: string | null;
  readonly required: boolean;
  readonly multiple: boolean;
  /** As of an input; empty for any. */
  readonly accept: string;
  readonly files: readonly DraftFile[];
  /** How many characters of base64 an answer may have; null for not known. */
  readonly limit: number | null;
  readonly busy: boolean;
  readonly onAdd: (files: readonly DraftFile[]) => void;
  readonly onRemove: (file: DraftFile) => void;
}

/** Files by a dialog, by drop or by paste, with a preview of each. */
export class FilePicker extends LitElement {
  static override properties = {
    input: { attribute: false },
    refusal: { state: true },
    over: { state: true },
    reading: { state: true },
  };
  static override styles = [controls, filePickerStyles];

  declare input: FilePickerInput | null;
  /** Why files were not taken. */
  declare refusal: string;
  /** Whether something is dragged over it. */
  declare over: boolean;
  declare reading: boolean;
  readonly #previews = new Map<DraftFile, string>();

  constructor() {
    super();
    this.input = null;
    this.refusal = '';
    this.over = false;
    this.reading = false;
  }

  override focus(): void {
    this.renderRoot.querySelector('input')?.focus();
  }

  /** Takes files that were dropped or pasted elsewhere in the form. */
  async take(list: Iterable<File>): Promise<void> {
    const { input } = this;
    const files = input?.multiple === false ? [...list].slice(0, 1) : [...list];
    if (input === null || input.busy || files.length === 0) return;
    this.refusal = this.#refusalOf(input, files);
    if (this.refusal !== '') return;
    this.reading = true;
    try {
      const read = await Promise.all(files.map(readFile));
      this.input?.onAdd(read);
    } catch (error) {
      this.refusal = error instanceof Error ? error.message : 'The file cannot be read.';
    } finally {
      this.reading = false;
    }
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('input')) return;
    const files = this.input?.files ?? [];
    for (const [file, url] of this.#previews) {
      if (files.includes(file)) continue;
      URL.revokeObjectURL(url);
      this.#previews.delete(file);
    }
    for (const file of files) {
      if (this.#previews.has(file) || !isImage(file)) continue;
      const blob = blobOf(file.mimeType, file.data);
      if (blob !== null) this.#previews.set(file, URL.createObjectURL(blob));
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const url of this.#previews.values()) URL.revokeObjectURL(url);
    this.#previews.clear();
  }

  override render(): TemplateResult {
    const { input } = this;
    if (input === null) return html``;
    const { label, description, multiple, accept, files, limit, busy, required } = input;
    const problem = this.refusal === '' ? input.problem : this.refusal;
    const most = limit === null ? '' : ` At most ${byteSize(limit * 0.75)} in all.`;
    return html`<div
      class="field ${this.over ? 'over' : ''}"
      @dragover=${this.#dragOver}
      @dragleave=${() => (this.over = false)}
      @drop=${this.#drop}
    >
      <label for="files"
        >${label}${required ? html`<span class="required">required</span>` : nothing}</label
      >
      <div class="drop">
        <input
          id="files"
          type="file"
          accept=${accept}
          ?multiple=${multiple}
          ?disabled=${busy}
          aria-describedby=${problem === null ? 'help' : 'help problem'}
          aria-invalid=${problem === null ? 'false' : 'true'}
          aria-errormessage=${problem === null ? nothing : 'problem'}
          @change=${this.#pick}
        />
        <span class="quiet-text">${this.reading ? 'Reading…' : 'or drop or paste here'}</span>
      </div>
      <p id="help" class="quiet-text" dir="auto">${description}${most}</p>
      ${
        files.length === 0
          ? nothing
          : html`<ul aria-label="Chosen files">
              ${repeat(
                files,
                (file) => file,
                (file) => this.#file(file),
              )}
            </ul>`
      }
      ${
        problem === null
          ? nothing
          : html`<p
              id="problem"
              class="problem"
              role=${this.refusal === '' ? nothing : 'alert'}
              dir="auto"
            >
              ${problem}
            </p>`
      }
    </div>`;
  }

  #file(file: DraftFile): TemplateResult {
    const preview = this.#previews.get(file);
    // It is sent as it is, whatever the browser can make of it.
    const broken = ({ currentTarget }: Event): void => {
      if (currentTarget instanceof HTMLElement) currentTarget.hidden = true;
    };
    const remove = (): void => {
      this.focus();
      this.refusal = '';
      this.input?.onRemove(file);
    };
    return html`<li>
      ${
        preview === undefined
          ? html`<span class="icon" aria-hidden="true"></span>`
          : html`<img src=${preview} alt="Preview of ${file.name}" @error=${broken} />`
      }
      <span class="name"
        ><bdi>${file.name}</bdi>
        <span class="quiet-text">${file.mimeType}, ${byteSize(file.data.length * 0.75)}</span></span
      >
      <button type="button" class="quiet" aria-label="Remove ${file.name}" @click=${remove}>
        ✕
      </button>
    </li>`;
  }

  /** A file that is too large is not even read. */
  #refusalOf(input: FilePickerInput, files: readonly File[]): string {
    const { limit } = input;
    if (limit === null) return '';
    const kept = input.multiple ? input.files : [];
    const before = kept.reduce((sum, { data }) => sum + data.length, 0);
    const added = files.reduce((sum, { size }) => sum + Math.ceil(size / 3) * 4, 0);
    if (before + added <= limit) return '';
    const [first] = files;
    const what =
      files.length === 1 && first !== undefined
        ? `${first.name} has ${byteSize(first.size)}`
        : `${files.length} files have ${byteSize(added * 0.75)}`;
    const left = kept.length === 0 ? '' : `, with ${byteSize(before * 0.75)} chosen before`;
    return `Not added: ${what}${left}. An answer takes ${byteSize(limit * 0.75)} in all.`;
  }

  #pick(event: Event): void {
    const { target } = event;
    if (!(target instanceof HTMLInputElement)) return;
    void this.take([...(target.files ?? [])]);
    // The same file can be picked again after it was removed.
    target.value = '';
  }

  #dragOver(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    this.over = true;
  }

  #drop(event: DragEvent): void {
    this.over = false;
    if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    void this.take(event.dataTransfer.files);
  }
}

async function readFile(file: File): Promise<DraftFile> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
  const mimeType = file.type === '' ? 'application/octet-stream' : file.type;
  return { name: file.name, mimeType, data: url.slice(url.indexOf(',') + 1) };
}

function isImage({ mimeType }: DraftFile): boolean {
  return /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)$/.test(mimeType);
}

customElements.define('reattach-file-picker', FilePicker);

declare global {
  interface HTMLElementTagNameMap {
    'reattach-file-picker': FilePicker;
  }
}
