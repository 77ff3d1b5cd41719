/** From this many characters on, a text is cut where its Markdown allows it. */
const SOFT = 800;
/** From this many on it is cut wherever it can be: what draws Markdown takes ever longer. */
const HARD = 1_500;
/** No segment that is cut is shorter. */
const LEAST = 300;
/** By how many characters a text has to grow before it is worth looking for a cut again. */
const GROWTH = 300;

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/gm;
const GOES_ON = /^(?:\s|[-*+] |\d+[.)] |$)/;

/** A piece of a long text. */
export interface TextSegment {
  readonly text: string;
  /** The line that opened the block of code in which the piece begins. */
  readonly fence?: string;
}

/**
 * A text that grows at its end, as segments of which only the last changes. Joined they are the
 * text; each is Markdown by itself, with its `fence` set before it.
 */
export class GrowingText {
  #tail = '';
  #fence: string | undefined;
  #nextLook = SOFT;

  /** The last segment. */
  get tail(): TextSegment {
    return segment(this.#tail, this.#fence);
  }

  /** Adds to the end. Returns the segments that are complete by it, in order. */
  append(text: string): TextSegment[] {
    this.#tail += text;
    const complete: TextSegment[] = [];
    while (this.#tail.length >= this.#nextLook) {
      const cut = cutOf(this.#tail, this.#fence);
      if (cut === null) {
        this.#nextLook = this.#tail.length + GROWTH;
      } else {
        complete.push(segment(this.#tail.slice(0, cut.at), this.#fence));
        this.#tail = this.#tail.slice(cut.at);
        this.#fence = cut.fence;
        this.#nextLook = SOFT;
      }
    }
    return complete;
  }
}

function segment(text: string, fence: string | undefined): TextSegment {
  return fence === undefined ? { text } : { text, fence };
}

/** Where a segment may end, and in which block of code; null where it had better go on. */
function cutOf(whole: string, fence: string | undefined) {
  const text = whole.length > HARD ? whole.slice(0, HARD) : whole;
  const fences = fencesOf(text, fence);
  for (let at = text.lastIndexOf('\n\n'); at >= LEAST; at = text.lastIndexOf('\n\n', at - 1)) {
    const next = whole.slice(at + 2, at + 8);
    if (fenceAt(fences, at) === undefined && !GOES_ON.test(next)) {
      return { at: at + 2, fence: undefined };
    }
  }
  if (text.length < HARD) return null;
  const at = ['\n', ' '].map((end) => text.lastIndexOf(end) + 1).find((end) => end >= LEAST);
  const end = at ?? (isHalf(text.charCodeAt(HARD - 1)) ? HARD - 1 : HARD);
  return { at: end, fence: fenceAt(fences, end - 1) };
}

interface Fence {
  readonly from: number;
  to: number;
  readonly opener: string;
}

function fencesOf(text: string, open: string | undefined): Fence[] {
  const fences: Fence[] = open === undefined ? [] : [{ from: 0, to: Infinity, opener: open }];
  if (!text.includes('```') && !text.includes('~~~')) return fences;
  for (const match of text.matchAll(FENCE)) {
    const current = fences.at(-1);
    const [line, mark = '', info = ''] = match;
    if (current === undefined || current.to !== Infinity) {
      fences.push({ from: match.index, to: Infinity, opener: line });
    } else if (info.trim() === '' && current.opener.trim().startsWith(mark.slice(0, 3))) {
      current.to = match.index + line.length;
    }
  }
  return fences;
}

function fenceAt(fences: readonly Fence[], at: number): string | undefined {
  return fences.find(({ from, to }) => from <= at && at < to)?.opener;
}

function isHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
