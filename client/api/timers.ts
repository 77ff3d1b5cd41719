/** Time as the panel sees it; a test drives it by hand. */
export interface Timers {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `run` once, after so many milliseconds. Returns what prevents it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** The browser's own. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
