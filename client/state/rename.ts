import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import { MAX_TITLE_LENGTH } from '../../shared/api.ts';
import { messageOf } from './message-of.ts';

/** A title that is being changed in its place. */
export interface RenameModel {
  readonly sessionId: string;
  readonly text: string;
  readonly phase: 'editing' | 'saving';
  /** Why the title was not taken; the text is as it was entered. */
  readonly error: string | null;
}

/** Changes one session's title at a time. */
export class Rename {
  readonly model = signal<RenameModel | null>(null);
  readonly #api: Pick<ApiClient, 'rename'>;
  readonly #onRenamed: (sessionId: string, title: string) => void;
  #before = '';

  /** `onRenamed` is told of a title that the server has taken. */
  constructor(
    api: Pick<ApiClient, 'rename'>,
    onRenamed: (sessionId: string, title: string) => void,
  ) {
    this.#api = api;
    this.#onRenamed = onRenamed;
  }

  begin(sessionId: string, title: string): void {
    if (this.model.get()?.phase === 'saving') return;
    this.#before = title;
    this.model.set({ sessionId, text: title, phase: 'editing', error: null });
  }

  edit(text: string): void {
    const model = this.model.get();
    if (model?.phase === 'editing') this.model.set({ ...model, text, error: null });
  }

  /** Leaves the title as it was. */
  cancel(): void {
    if (this.model.get()?.phase === 'editing') this.model.set(null);
  }

  /** The session is gone, and its title with it. */
  drop(sessionId: string): void {
    if (this.model.get()?.sessionId === sessionId) this.model.set(null);
  }

  async save(): Promise<void> {
    const model = this.model.get();
    if (model?.phase !== 'editing') return;
    const title = model.text.trim();
    if (title === this.#before) {
      this.model.set(null);
      return;
    }
    // As the server counts.
    if (title === '' || title.length > MAX_TITLE_LENGTH) {
      const error = `A title has 1 to ${MAX_TITLE_LENGTH} characters.`;
      this.model.set({ ...model, error });
      return;
    }
    const saving: RenameModel = { ...model, phase: 'saving', error: null };
    this.model.set(saving);
    try {
      await this.#api.rename(model.sessionId, title);
      this.#onRenamed(model.sessionId, title);
      if (this.model.get() === saving) this.model.set(null);
    } catch (error) {
      if (this.model.get() !== saving) return;
      this.model.set({ ...model, error: `Not renamed. ${messageOf(error)}` });
    }
  }
}
