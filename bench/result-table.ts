import { verdictOf, type Comparison } from './benchmark.ts';

const HEAD = ['measured', 'Reattach', 'compared with', 'there', 'ratio', 'aim', ''];

/** The results as a Markdown table, aligned so that it reads well as it is. */
export function resultTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map((comparison) => {
    const { what, ours, against, theirs, ratio, aim } = comparison;
    const sign = aim?.is === 'at least' ? '≥' : '≤';
    return [
      ...[what, ours, against, theirs, ratio.toFixed(2)],
      aim === undefined ? '' : `${sign} ${aim.ratio}`,
      verdictWord(comparison),
    ];
  });
  const lines = [HEAD, ...rows];
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const rule = format(
    HEAD.map(() => ''),
    '-',
  );
  return [format(HEAD, ' '), rule, ...rows.map((row) => format(row, ' '))].join('\n');
}

function verdictWord(comparison: Comparison): string {
  const verdict = verdictOf(comparison);
  return verdict === null ? '' : verdict ? 'met' : 'missed';
}
