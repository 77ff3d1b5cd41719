/** What a session's place in the list follows from; neither part ever changes. */
export interface RowKey {
  readonly sessionId: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** The order of the list: newest first by creation, then by id. */
export function newestFirst(a: RowKey, b: RowKey): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.sessionId === b.sessionId ? 0 : a.sessionId < b.sessionId ? 1 : -1;
}

/** How many of `rows`, which are in order, come before `key`: its place, if it is one of them. */
export function placeIn(rows: readonly RowKey[], key: RowKey): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && newestFirst(row, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Rows kept in order. A change costs one walk over them, however many rows come and go with it, and
 * no change costs nothing: the array is another one only when it differs.
 */
export class SessionOrder {
  #rows: readonly RowKey[] = [];
  #ids = new Set<string>();

  get rows(): readonly RowKey[] {
    return this.#rows;
  }

  has(sessionId: string): boolean {
    return this.#ids.has(sessionId);
  }

  /** Adds rows that are not there and removes ids that are. */
  change(added: readonly RowKey[], removed: ReadonlySet<string>): void {
    if (added.length === 0 && removed.size === 0) return;
    const fresh = [...added].sort(newestFirst);
    const rows: RowKey[] = [];
    let next = 0;
    for (const row of this.#rows) {
      for (
        let key = fresh[next];
        key !== undefined && newestFirst(key, row) < 0;
        key = fresh[next]
      ) {
        rows.push(key);
        next += 1;
      }
      if (!removed.has(row.sessionId)) rows.push(row);
    }
    for (; next < fresh.length; next += 1) {
      const key = fresh[next];
      if (key !== undefined) rows.push(key);
    }
    for (const id of removed) this.#ids.delete(id);
    for (const { sessionId } of fresh) this.#ids.add(sessionId);
    this.#rows = rows;
  }

  /** Keeps only these rows, which are in order. */
  replace(rows: readonly RowKey[]): void {
    this.#rows = rows;
    this.#ids = new Set(rows.map(({ sessionId }) => sessionId));
  }
}
