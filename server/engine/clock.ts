/** Time and turns of the event loop, as the engine sees them; a test drives its own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `run` once at `time` (milliseconds since the epoch) or soon after. Returns the undoing. */
  at(time: number, run: () => void): () => void;
  /** Calls `run` once everything that can go on by itself now has: after the pending microtasks. */
  defer(run: () => void): void;
}

/** Node limits a timer to 2³¹ ms, and its timers stand still while the machine sleeps. */
const LONGEST_HOP_MS = 60_000;

/** Code that never waits, such as a handler that only emits, lets others in after so many turns. */
const TURNS_IN_A_ROW = 100;
let turns = 0;

export const systemClock: Clock = {
  now: () => Date.now(),
  at(time, run) {
    let timer: NodeJS.Timeout;
    const hop = () => {
      const left = time - Date.now();
      if (left <= 0) run();
      else timer = setTimeout(hop, Math.min(left, LONGEST_HOP_MS));
    };
    timer = setTimeout(hop, Math.min(Math.max(0, time - Date.now()), LONGEST_HOP_MS));
    return () => clearTimeout(timer);
  },
  defer: (run) => {
    turns += 1;
    if (turns % TURNS_IN_A_ROW === 0) setImmediate(run);
    else process.nextTick(run);
  },
};
