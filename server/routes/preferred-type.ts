interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * Which of `offered` an `Accept` header prefers: by quality, then by how closely a range names it,
 * then by the order of the ranges, then by the order of the offer. The first when the header names
 * none of them.
 */
export function preferredType<Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const rank = (type: Type) => {
    const [family = ''] = type.split('/');
    // The range that names the type most closely decides its quality.
    const closest = [type, `${family}/*`, '*/*']
      .map((name, distance) => ({ at: ranges.findIndex((range) => range.type === name), distance }))
      .find(({ at }) => at !== -1);
    if (closest === undefined) return { quality: 0, distance: 0, at: 0 };
    return { ...closest, quality: ranges[closest.at]?.quality ?? 0 };
  };
  const [best = offered[0]] = [...offered].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return b.quality - a.quality || a.distance - b.distance || a.at - b.at;
  });
  return best;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: Number.isFinite(value) ? value : 0 };
}
