import type { EventSourceMessage } from 'eventsource-parser';
import {
  feedReset,
  replayComplete,
  snapshotComplete,
  streamDeleted,
  streamDone,
  streamReset,
  streamStart,
} from '../../shared/api.ts';
import { eventBody, eventStamp, type SessionEvent } from '../../shared/event.ts';
import { isObject, type JsonObject } from '../../shared/json.ts';
import { parseJson } from './frame-json.ts';
import { feedEntry, type FeedEntry, type SessionStatus } from '../../shared/session.ts';

/** What the list's feed says. */
export type FeedFrame =
  | { readonly kind: 'entry'; readonly entry: FeedEntry }
  | { readonly kind: 'snapshotComplete'; readonly revision: number; readonly storeId: string }
  /** Forget the list: a full snapshot follows. */
  | { readonly kind: 'feedReset'; readonly reason: string };

/** What the stream of one session says. */
export type SessionFrame =
  | {
      readonly kind: 'start';
      readonly sessionId: string;
      readonly storeId: string;
      readonly status: SessionStatus;
      readonly lastIndex: number;
    }
  /** `event` is null for one whose type this version does not know: it has its place all the same. */
  | {
      readonly kind: 'event';
      readonly sessionId: string;
      readonly index: number;
      readonly event: SessionEvent | null;
    }
  | { readonly kind: 'replayComplete'; readonly sessionId: string }
  /** Forget the session's log: it follows from its start. */
  | { readonly kind: 'reset'; readonly sessionId: string; readonly reason: string }
  | { readonly kind: 'done'; readonly sessionId: string; readonly status: SessionStatus }
  | { readonly kind: 'deleted'; readonly sessionId: string };

export type WatchFrame = FeedFrame | SessionFrame;

/**
 * The frame that a message of the watch stream carries; null for one that this version does not know
 * or cannot read. `sessionId` is the session that is watched.
 */
export function parseFrame(
  message: EventSourceMessage,
  sessionId: string | null,
): WatchFrame | null {
  const data = parseJson(message.data);
  if (message.event !== undefined && message.event === sessionId) {
    return sessionFrame(sessionId, data);
  }
  switch (message.event) {
    case 'sessionStatus': {
      const entry = feedEntry.safeParse(data);
      return entry.success ? { kind: 'entry', entry: entry.data } : null;
    }
    case 'snapshotComplete': {
      const marker = snapshotComplete.safeParse(data);
      return marker.success ? { kind: 'snapshotComplete', ...marker.data } : null;
    }
    case 'reset': {
      const reset = feedReset.safeParse(data);
      return reset.success ? { kind: 'feedReset', reason: reset.data.reason } : null;
    }
    default:
      return null;
  }
}

function sessionFrame(sessionId: string, data: unknown): SessionFrame | null {
  if (!isObject(data)) return null;
  switch (data['type']) {
    case 'start': {
      const start = streamStart.safeParse(data);
      return start.success ? { kind: 'start', ...start.data } : null;
    }
    case 'replayComplete':
      return replayComplete.safeParse(data).success ? { kind: 'replayComplete', sessionId } : null;
    case 'reset': {
      const reset = streamReset.safeParse(data);
      return reset.success ? { kind: 'reset', sessionId, reason: reset.data.reason } : null;
    }
    case 'done': {
      const done = streamDone.safeParse(data);
      return done.success ? { kind: 'done', sessionId, status: done.data.status } : null;
    }
    case 'deleted':
      return streamDeleted.safeParse(data).success ? { kind: 'deleted', sessionId } : null;
    default: {
      const known = frequentEvent(data);
      if (known !== null) return { kind: 'event', sessionId, index: known.index, event: known };
      const stamp = eventStamp.safeParse(data);
      if (!stamp.success) return null;
      // The two halves of an event, parsed apart: checking their intersection costs twice as much.
      const body = eventBody.safeParse(data);
      const event = body.success ? { ...body.data, ...stamp.data } : null;
      return { kind: 'event', sessionId, index: stamp.data.index, event };
    }
  }
}

/**
 * What makes up nearly all of a long log, checked by hand: it costs a tenth of what the schemas cost,
 * and gives the same. Null for everything else, and for whatever does not fit.
 */
function frequentEvent(data: Record<string, unknown>): SessionEvent | null {
  const { type, nodeId, op, attempt, index, time } = data;
  if (typeof nodeId !== 'string' || !isWhole(index) || index < 0 || !Number.isFinite(time)) {
    return null;
  }
  if (op !== undefined && typeof op !== 'string') return null;
  if (attempt !== undefined && !isWhole(attempt)) return null;
  const rest = {
    nodeId,
    ...(op === undefined ? {} : { op }),
    ...(attempt === undefined ? {} : { attempt }),
    index,
    time: Number(time),
  };
  const { event, text } = data;
  if (type === 'agentEvent' && isObject(event)) {
    // It came out of JSON.
    return { type, event: event as JsonObject, ...rest };
  }
  return type === 'thoughtEvent' && typeof text === 'string' ? { type, text, ...rest } : null;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
