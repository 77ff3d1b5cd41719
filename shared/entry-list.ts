import type { Entry, EntryBlock, TextEntry } from './session-view.ts';
import { GrowingText } from './text-segments.ts';

/** Holds an entry in its place while it changes; whoever changes it says so to the list. */
export interface EntryBox {
  readonly entry: Entry;
  /** In which block of its list it stands; the list's own. */
  block?: number;
}

/** About how many lines a block has before the next one begins. */
const BLOCK_LINES = 40;
const LINE_CHARACTERS = 100;

interface GrowingBlock {
  readonly key: string;
  readonly boxes: EntryBox[];
  lines: number;
  /** Whether nothing more comes to it. */
  readonly closed: boolean;
}

/**
 * A growing list of entries, of which the last text takes what follows it. It is kept in blocks:
 * what is taken of it shares every block in which nothing happened with what was taken before.
 */
export abstract class EntryList {
  #blocks: GrowingBlock[] = [];
  #taken: readonly EntryBlock[] = [];
  readonly #changed = new Set<number>();
  #text: { readonly growing: GrowingText; readonly key: string; box: { entry: TextEntry } } | null =
    null;
  #segments = 0;

  /** Says that something happened in the list. */
  abstract touch(): void;

  add(entry: Entry): void {
    if (entry.kind === 'text') this.#addText(entry);
    else this.addBox({ entry });
  }

  addBox(box: EntryBox): void {
    this.#text = null;
    this.#push(box);
    this.touch();
  }

  /** Says that the entry of a box is another now. */
  boxChanged(box: EntryBox): void {
    if (box.block !== undefined) this.#changed.add(box.block);
    this.touch();
  }

  protected keepOnly(kind: Entry['kind']): void {
    const kept = this.#blocks.flatMap((block) => block.boxes.filter((b) => b.entry.kind === kind));
    this.#blocks = [];
    this.#taken = [];
    this.#changed.clear();
    this.#text = null;
    for (const box of kept) this.#push(box);
  }

  protected blocks(): readonly EntryBlock[] {
    if (this.#changed.size === 0) return this.#taken;
    const taken = this.#taken.slice();
    for (const place of this.#changed) {
      const block = this.#blocks[place];
      if (block === undefined) continue;
      const { key, boxes, lines } = block;
      taken[place] = { key, entries: boxes.map((box) => box.entry), lines };
    }
    this.#changed.clear();
    this.#taken = taken;
    return taken;
  }

  #addText(entry: TextEntry): void {
    if (this.#text === null) {
      this.#segments = 0;
      this.#beginText(new GrowingText(), entry.key);
    }
    const text = this.#text;
    if (text === null) return;
    for (const segment of text.growing.append(entry.text)) {
      text.box.entry = { ...text.box.entry, ...segment };
      this.#grew(text.box);
      this.#beginText(text.growing, text.key);
    }
    const { box } = this.#text ?? text;
    const before = box.entry.text.length;
    box.entry = { ...box.entry, ...text.growing.tail };
    const block = this.#grew(box);
    if (block !== undefined) {
      block.lines += (box.entry.text.length - before) / LINE_CHARACTERS;
    }
    this.touch();
  }

  /** A further segment has a key of its own, which begins with that of the text. */
  #beginText(growing: GrowingText, key: string): void {
    const own = this.#segments === 0 ? key : `${key}~${this.#segments}`;
    this.#segments += 1;
    const box: EntryBox & { entry: TextEntry } = {
      entry: { kind: 'text', key: own, ...growing.tail },
    };
    this.#push(box);
    this.#text = { growing, key, box };
  }

  #grew(box: EntryBox): GrowingBlock | undefined {
    if (box.block === undefined) return undefined;
    this.#changed.add(box.block);
    return this.#blocks[box.block];
  }

  #push(box: EntryBox): void {
    const { entry } = box;
    // A step has blocks of its own, and stands alone.
    const isStep = entry.kind === 'step';
    let block = this.#blocks.at(-1);
    if (block === undefined || isStep || block.closed || block.lines >= BLOCK_LINES) {
      block = { key: entry.key, boxes: [], lines: 0, closed: isStep };
      this.#blocks.push(block);
    }
    block.boxes.push(box);
    block.lines += linesOf(entry);
    box.block = this.#blocks.length - 1;
    this.#changed.add(box.block);
  }
}

function linesOf(entry: Entry): number {
  return entry.kind === 'text' || entry.kind === 'thought'
    ? 1 + Math.min(entry.text.length, 5_000) / LINE_CHARACTERS
    : 1;
}
