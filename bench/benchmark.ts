/** One line of the result: two figures measured in turn, in the same run. */
export interface Comparison {
  /** What was measured. */
  readonly what: string;
  readonly ours: string;
  /** What it is compared with. */
  readonly against: string;
  readonly theirs: string;
  /** Our figure divided by theirs. */
  readonly ratio: number;
  /** Absent: there to be read, not judged. */
  readonly aim?: Aim;
}

/** Where the ratio should be. */
export interface Aim {
  readonly is: 'at least' | 'at most';
  readonly ratio: number;
}

/** What a benchmark is given. */
export interface BenchContext {
  /** A new directory for its databases, on the disk that the clone is on. */
  readonly directory: string;
}

export interface Benchmark {
  /** What it measures, for the progress. */
  readonly title: string;
  run(context: BenchContext): Promise<Comparison[]>;
}

/** Whether the aim is met; null without one. */
export function verdictOf({ ratio, aim }: Comparison): boolean | null {
  if (aim === undefined) return null;
  return aim.is === 'at least' ? ratio >= aim.ratio : ratio <= aim.ratio;
}
