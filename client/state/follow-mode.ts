/** How a scrolled box stands, in pixels. */
export interface ScrollPlace {
  readonly top: number;
  readonly viewHeight: number;
  readonly height: number;
}

/** Within so many pixels a box counts as scrolled to its end: places are rounded. */
const NEAR = 2;

/**
 * Whether a growing log is kept at its end. Whatever scrolls it away from there is a person's wish,
 * since the log itself only ever scrolls to its end; scrolling to the end takes hold of it again.
 */
export class FollowMode {
  #since: number | null = null;
  #top = 0;
  #height = 0;
  #viewHeight = 0;

  /** Null while the end is followed, else how many events there were when it was let go. */
  get since(): number | null {
    return this.#since;
  }

  get following(): boolean {
    return this.#since === null;
  }

  /** The box was scrolled, by whomever. `seen`: how many events there are. */
  scrolled({ top, viewHeight, height }: ScrollPlace, seen: number): void {
    const isUp = top < this.#top;
    const isDown = top > this.#top;
    // A log that shrank, or is seen through a larger window, is moved up to its end by the browser.
    const shrank = height - viewHeight < this.#height - this.#viewHeight;
    this.#top = top;
    this.#height = height;
    this.#viewHeight = viewHeight;
    const atEnd = height - top - viewHeight <= NEAR;
    if (isUp ? !(shrank && atEnd) : isDown && !atEnd) this.release(seen);
    else if (isDown) this.follow();
  }

  /**
   * The log was laid out, and stands there now. What moved it there was no person: they are told of
   * by `scrolled` before that.
   */
  placed({ top, viewHeight, height }: ScrollPlace): void {
    this.#top = top;
    this.#height = height;
    this.#viewHeight = viewHeight;
  }

  /** A person begins to scroll up: by a wheel, a finger or a key. */
  release(seen: number): void {
    if (this.following) this.#since = seen;
  }

  follow(): void {
    this.#since = null;
  }

  /** Another log is shown. */
  reset(): void {
    this.#top = 0;
    this.#height = 0;
    this.#viewHeight = 0;
    this.follow();
  }
}

/** What the way back to the end is called; null while the end is followed. */
export function newText(since: number | null, seen: number): string | null {
  if (since === null) return null;
  const count = Math.max(0, seen - since);
  return count === 0 ? 'Latest' : `${count.toLocaleString()} new`;
}
