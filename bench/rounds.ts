/** Something to measure, over and over; gives one figure. */
export type Measure = () => Promise<number>;

/**
 * Measures all sides in turn, round after round, so that a slow moment of the machine meets all of
 * them alike. The rounds that warm up are not counted.
 * @returns the median of each side
 */
export async function alternate<Side extends string>(
  { warmUp, rounds }: { readonly warmUp: number; readonly rounds: number },
  sides: Readonly<Record<Side, Measure>>,
): Promise<Record<Side, number>> {
  const entries = Object.entries<Measure>(sides);
  const figures = new Map<string, number[]>(entries.map(([side]) => [side, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [side, measure] of entries) {
      const figure = await measure();
      if (round >= 0) figures.get(side)?.push(figure);
    }
  }
  const medians = entries.map(([side]) => [side, quantile(figures.get(side) ?? [], 0.5)]);
  // The keys are those of `sides`.
  return Object.fromEntries(medians) as Record<Side, number>;
}

/** The value below which the share `q` (0 to 1) of `values` lies. NaN when there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
