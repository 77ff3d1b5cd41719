import type { EventOf, Runner, SessionEvent } from '../../shared/event.ts';
import { AppError } from '../errors.ts';
import type { StoredEvent } from '../store/store.ts';

/**
 * An event as it is stored.
 * @param maxBytes of its JSON in UTF-8
 * @param runner of its session: no code of this server will ask what a program elsewhere has emitted
 * @throws AppError event_too_large
 */
export function encodeEvent(event: SessionEvent, maxBytes: number, runner: Runner): StoredEvent {
  const json = JSON.stringify(event);
  const { type } = event;
  if (json.length * 3 > maxBytes && !isSummary(event)) {
    const bytes = Buffer.byteLength(json);
    if (bytes > maxBytes) {
      throw new AppError(
        'event_too_large',
        `An event of type '${type}' has ${bytes} bytes; ${maxBytes} are allowed.`,
      );
    }
  }
  const isMark = isEmission(event) && event.op === undefined && runner === 'server';
  const journal = isMark ? 'mark' : isEmission(event) ? 'none' : 'full';
  const nodeId = 'nodeId' in event ? event.nodeId : null;
  return { index: event.index, time: event.time, type, nodeId, journal, json };
}

/** Whether an event is something that the code of a node has said. */
export function isEmission(
  event: SessionEvent,
): event is EventOf<'agentEvent'> | EventOf<'thoughtEvent'> {
  return event.type === 'agentEvent' || event.type === 'thoughtEvent';
}

/** Whether an event only repeats what others, each within the limit, have said. */
function isSummary({ type }: SessionEvent): boolean {
  return type === 'graphComplete' || type === 'graphError';
}
