import type { Entry, EntryBlock, NodeView, StepEntry } from '../../shared/session-view.ts';
import type { WindowBlock } from './row-window.ts';

/** What is drawn or left out as one of a node's history. */
export type NodeRow = WindowBlock &
  (
    | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly step: null }
    /** Some of what a long step emitted. */
    | { readonly kind: 'inner'; readonly entries: readonly Entry[]; readonly step: StepEntry }
    /** The beginning and the end of a long step. */
    | { readonly kind: 'head' | 'tail'; readonly step: StepEntry }
  );

/** In seconds. */
const LONG_SLEEP = 5;

const rowsOfBlock = new WeakMap<EntryBlock, NodeRow>();
const rowsOfStep = new WeakMap<StepEntry, readonly NodeRow[]>();

/** The rows of a node's history, in order. What did not change is the same row as before. */
export function nodeRows(view: NodeView): NodeRow[] {
  const rows: NodeRow[] = [];
  for (const block of view.blocks) {
    const [first] = block.entries;
    if (first?.kind === 'step' && first.blocks.length > 1) rows.push(...stepRows(first));
    else rows.push(blockRow(block));
  }
  return rows;
}

/** The entries that begin in a row. */
export function entriesOfRow(row: NodeRow): readonly Entry[] {
  switch (row.kind) {
    case 'entries':
    case 'inner':
      return row.entries;
    case 'head':
      return [row.step];
    case 'tail':
      return [];
  }
}

function blockRow(block: EntryBlock): NodeRow {
  let row = rowsOfBlock.get(block);
  if (row === undefined) {
    const { key, entries } = block;
    row = {
      kind: 'entries',
      key,
      lines: linesOf(block),
      entries: entries.filter(isWorthALine),
      step: null,
    };
    rowsOfBlock.set(block, row);
  }
  return row;
}

/** A short step has what it emitted within it. */
function linesOf({ entries: [first], lines }: EntryBlock): number {
  return first?.kind === 'step'
    ? first.blocks.reduce((sum, inner) => sum + inner.lines, lines)
    : lines;
}

/** A long step in pieces, so that most of it can be left out. */
function stepRows(step: StepEntry): readonly NodeRow[] {
  let rows = rowsOfStep.get(step);
  if (rows === undefined) {
    rows = [
      { kind: 'head', key: step.key, lines: 1, step },
      ...step.blocks.map((block) => innerRow(block, step)),
      { kind: 'tail', key: `${step.key} tail`, lines: 1, step },
    ];
    rowsOfStep.set(step, rows);
  }
  return rows;
}

const innerRows = new WeakMap<EntryBlock, NodeRow>();

function innerRow(block: EntryBlock, step: StepEntry): NodeRow {
  const before = innerRows.get(block);
  if (before?.step?.state === step.state) return before;
  const { key, lines, entries } = block;
  const row: NodeRow = { kind: 'inner', key, lines, entries, step };
  innerRows.set(block, row);
  return row;
}

/** A short sleep is a pause in what is streamed; a line that comes and goes would only flicker. */
function isWorthALine(entry: Entry): boolean {
  return entry.kind !== 'sleep' || entry.until - entry.startedAt >= LONG_SLEEP;
}
