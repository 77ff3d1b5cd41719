import type { SessionEvent } from '../../../shared/event.ts';
import { isObject } from '../../../shared/json.ts';
import { SessionViewFold } from '../../../shared/session-view-fold.ts';

/**
 * What is wrong with the texts that steps streamed: those of an attempt that ended are whole, those of
 * any other have no gap; and the panel shows those of the latest attempts, once, and nothing else.
 */
export function faultsOfStreams(log: readonly SessionEvent[]): string[] {
  const faults: string[] = [];
  /** By node and operation, what the latest attempt has streamed. */
  const latest = new Map<string, { nodeId: string; text: string }>();
  const view = new SessionViewFold();
  for (const event of log) {
    view.apply(event);
    if (!('nodeId' in event) || !('op' in event) || event.op === undefined) continue;
    const { nodeId } = event;
    const key = `${nodeId} ${event.op}`;
    if (event.type === 'stepStart') latest.set(key, { nodeId, text: '' });
    const attempt = latest.get(key);
    if (attempt === undefined) continue;
    if (event.type === 'agentEvent') attempt.text += textsIn(event.event['content']);
    if (event.type === 'stepEnd' || event.type === 'stepError') {
      const fault = faultOf(attempt.text, event.type === 'stepEnd');
      if (fault !== null) faults.push(`${key} streamed ${fault}: ${attempt.text}`);
    }
  }
  for (const { id, ...node } of view.snapshot().nodes) {
    const streamed = [...latest.values()].filter(({ nodeId }) => nodeId === id);
    const expected = piecesOf(streamed.map(({ text }) => text).join(''));
    const shown = piecesOf(textsIn(node));
    if (shown.sort().join('') !== expected.sort().join('')) {
      faults.push(`node ${id} shows ${shown.join('')} of ${expected.join('')}`);
    }
  }
  return faults;
}

function faultOf(text: string, isWhole: boolean): string | null {
  const next = new Map<string, { n: number; of: number }>();
  for (const piece of piecesOf(text)) {
    const [, id = '', n = '', of = ''] = /^\[(.*)#(\d+)\/(\d+)\]$/.exec(piece) ?? [];
    if (Number(n) !== (next.get(id)?.n ?? 0)) return `${piece} out of its place`;
    next.set(id, { n: Number(n) + 1, of: Number(of) });
  }
  const isCut = [...next.values()].some(({ n, of }) => n < of);
  return isWhole && isCut ? 'a part and ended well' : null;
}

function piecesOf(text: string): string[] {
  return text.match(/\[[^\]]*\]/g) ?? [];
}

/** Every text in a value, in its order. */
function textsIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsIn).join('');
  if (!isObject(value)) return '';
  return Object.entries(value)
    .map(([key, member]) =>
      key === 'text' && typeof member === 'string' ? member : textsIn(member),
    )
    .join('');
}
