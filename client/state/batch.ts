/**
 * Gathers what changed and publishes it together, so that a hundred thousand events that arrive
 * within a frame cost one render.
 */
export class Batch {
  readonly #schedule: (run: () => void) => void;
  readonly #changed = new Set<() => void>();

  /** `schedule` calls `run` once, soon: before the next frame, say. */
  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Has `publish` called once at the next opportunity, however often it is marked before. */
  mark(publish: () => void): void {
    const isFirst = this.#changed.size === 0;
    this.#changed.add(publish);
    if (isFirst) this.#schedule(() => this.#flush());
  }

  #flush(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const publish of changed) publish();
  }
}
