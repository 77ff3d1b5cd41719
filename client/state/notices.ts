import { signal } from '@lit-labs/signals';

/** Something that the person is told, until they dismiss it. */
export interface Notice {
  readonly id: number;
  readonly text: string;
}

/** What went wrong and has no place of its own to say so. */
export class Notices {
  readonly model = signal<readonly Notice[]>([]);
  #next = 0;

  tell(text: string): void {
    this.model.set([...this.model.get(), { id: this.#next++, text }]);
  }

  dismiss(id: number): void {
    this.model.set(this.model.get().filter((notice) => notice.id !== id));
  }
}
