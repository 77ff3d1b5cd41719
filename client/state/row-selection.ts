import { signal } from '@lit-labs/signals';
import { placeIn, type RowKey } from './session-order.ts';

/** The sessions that a person has selected in the list, to act on together. */
export class RowSelection {
  readonly ids = signal<ReadonlySet<string>>(new Set());
  /** Where a range begins that is extended. */
  #anchor: RowKey | null = null;

  toggle(row: RowKey): void {
    const ids = new Set(this.ids.get());
    if (!ids.delete(row.sessionId)) ids.add(row.sessionId);
    this.#anchor = row;
    this.ids.set(ids);
  }

  /** Selects what lies between the row that was toggled last, else `from`, and `to`. */
  extend(rows: readonly RowKey[], from: RowKey, to: RowKey): void {
    this.#anchor ??= from;
    const [first = 0, last = 0] = [placeIn(rows, this.#anchor), placeIn(rows, to)].sort(
      (a, b) => a - b,
    );
    const range = rows.slice(first, last + 1).map(({ sessionId }) => sessionId);
    this.ids.set(new Set(range));
  }

  all(rows: readonly RowKey[]): void {
    this.ids.set(new Set(rows.map(({ sessionId }) => sessionId)));
  }

  /** Only these, of those that are selected. */
  keep(sessionIds: readonly string[]): void {
    const ids = this.ids.get();
    this.ids.set(new Set(sessionIds.filter((id) => ids.has(id))));
  }

  /** A session is gone. */
  drop(sessionId: string): void {
    const ids = this.ids.get();
    if (ids.has(sessionId)) this.ids.set(new Set([...ids].filter((id) => id !== sessionId)));
  }

  clear(): void {
    this.#anchor = null;
    if (this.ids.get().size > 0) this.ids.set(new Set());
  }
}
