import type { EventOf, SessionEvent } from '../../shared/event.ts';
import { AppError } from '../errors.ts';
import type { StoredEvent } from '../store/store.ts';

/**
 * An event as it is stored.
 * @param maxBytes of its JSON in UTF-8
 * @throws AppError event_too_large
 */
export function encodeEvent(event: SessionEvent, maxBytes: number): StoredEvent {
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
  const journal = !isEmission(event) ? 'full' : event.op === undefined ? 'mark' : 'none';
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
