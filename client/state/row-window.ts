/** A block of a long list, as far as its place on the screen goes. */
export interface WindowBlock {
  readonly key: string;
  /** About how many lines it has. */
  readonly lines: number;
}

/** The blocks to draw, `from` to before `to`, and the room that the others take, in pixels. */
export interface WindowRange {
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
}

/** The height of a line until one has been measured, in pixels. */
const LINE = 20;
/** After so many lines the height of one is settled: each change would move what is being read. */
const ENOUGH_LINES = 40;

/**
 * Which blocks of a long list are near enough to be seen. Heights that were measured are kept;
 * those that were not are told from the lines of the blocks, by what lines have measured so far.
 */
export class RowWindow {
  #blocks: readonly WindowBlock[] = [];
  readonly #heights = new Map<string, number>();
  #lines: number | null = null;
  #measuredHeight = 0;
  #measuredLines = 0;
  /** Where each block begins, and at its end where the last one ends; null when out of date. */
  #offsets: Float64Array | null = null;

  /** How high all the blocks are together, in pixels, as far as it is known. */
  get height(): number {
    return this.#offsetsNow()[this.#blocks.length] ?? 0;
  }

  /** About how many lines all the blocks have. */
  get lines(): number {
    this.#lines ??= this.#blocks.reduce((sum, block) => sum + block.lines, 0);
    return this.#lines;
  }

  /** Where a block begins, in pixels from the beginning of the list, as far as it is known. */
  offsetOf(place: number): number {
    return this.#offsetsNow()[Math.min(place, this.#blocks.length)] ?? 0;
  }

  setBlocks(blocks: readonly WindowBlock[]): void {
    if (blocks === this.#blocks) return;
    this.#blocks = blocks;
    this.#offsets = null;
    this.#lines = null;
  }

  /** Tells how high a block is. Returns whether that is news. */
  measure(key: string, lines: number, height: number): boolean {
    const before = this.#heights.get(key);
    if (before === height) return false;
    this.#heights.set(key, height);
    if (this.#measuredLines < ENOUGH_LINES) {
      this.#measuredHeight += height - (before ?? 0);
      if (before === undefined) this.#measuredLines += Math.max(1, lines);
    }
    this.#offsets = null;
    return true;
  }

  /** The blocks between two places, in pixels from the beginning of the list; at least one. */
  range(top: number, bottom: number): WindowRange {
    const count = this.#blocks.length;
    if (count === 0) return { from: 0, to: 0, above: 0, below: 0 };
    const offsets = this.#offsetsNow();
    const from = Math.min(count - 1, blockAt(offsets, count, top));
    const to = Math.max(from + 1, Math.min(count, blockAt(offsets, count, bottom) + 1));
    return {
      from,
      to,
      above: offsets[from] ?? 0,
      below: (offsets[count] ?? 0) - (offsets[to] ?? 0),
    };
  }

  #offsetsNow(): Float64Array {
    if (this.#offsets !== null) return this.#offsets;
    const offsets = new Float64Array(this.#blocks.length + 1);
    const line = this.#measuredLines === 0 ? LINE : this.#measuredHeight / this.#measuredLines;
    let at = 0;
    this.#blocks.forEach(({ key, lines }, place) => {
      at += this.#heights.get(key) ?? Math.max(1, lines) * line;
      offsets[place + 1] = at;
    });
    this.#offsets = offsets;
    return offsets;
  }
}

/** The last block that begins at or before `place`. */
function blockAt(offsets: Float64Array, count: number, place: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
