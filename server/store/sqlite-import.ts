import type { ImportState } from '../../shared/session.ts';
import type { Changes } from './commit-queue.ts';
import { lengthOf, type SessionWriter } from './session-writer.ts';
import type { Append, SessionRecord, StoredEvent, StoredImport } from './store.ts';

type Write = <T>(length: number, write: (changes: Changes) => T) => Promise<T>;

/** Its events have the number of the session to be; until then only the table of imports knows it. */
export class SqliteImport implements StoredImport {
  readonly #writer: SessionWriter;
  readonly #write: Write;
  readonly #onAbandoned: () => void;
  /** Null before anything was written. */
  #sid: number | null = null;
  #lastIndex = -1;

  constructor(writer: SessionWriter, write: Write, onAbandoned: () => void) {
    this.#writer = writer;
    this.#write = write;
    this.#onAbandoned = onAbandoned;
  }

  async append(events: readonly StoredEvent[]): Promise<void> {
    const [sid, lastIndex] = [this.#sid, this.#lastIndex];
    this.#sid = await this.#write(lengthOf(events), () =>
      this.#writer.appendImport(sid, lastIndex, events),
    );
    this.#lastIndex += events.length;
  }

  async finish(record: SessionRecord, append: Append, imported: ImportState): Promise<void> {
    const origin = { sid: this.#sid, lastIndex: this.#lastIndex, imported };
    await this.#write(lengthOf(append.events), (changes) =>
      this.#writer.create(changes, record, append, origin),
    );
    this.#sid = null;
  }

  async abandon(): Promise<void> {
    const sid = this.#sid;
    if (sid === null) return;
    await this.#write(0, () => this.#writer.abandonImport(sid));
    this.#sid = null;
    this.#onAbandoned();
  }
}
