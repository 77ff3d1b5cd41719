import type { z } from 'zod';
import type {
  feedReset,
  replayComplete,
  snapshotComplete,
  streamDeleted,
  streamDone,
  streamReset,
  streamStart,
} from '../../shared/api.ts';
import { formatPosition, type ChatPosition } from '../../shared/chat-position.ts';
import type { ChatChunk } from '../../shared/chat.ts';
import type { FeedEntry } from '../../shared/session.ts';
import type { EventForm } from '../store/store.ts';

/** The headers of every stream; the last one keeps proxies from holding frames back. */
export const SSE_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

/** How long an `EventSource` waits before it reconnects, in milliseconds. */
export const RETRY_HINT = 'retry: 1000\n\n';

export const KEEP_ALIVE = ': keep-alive\n\n';

/** One frame. `data` is JSON, so it is one line; line breaks in `event` are dropped. */
export function frame(event: string, data: string, id?: number): string {
  const name = withoutLineBreaks(event);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`;
}

const withoutLineBreaks = (text: string) => text.replaceAll(/[\r\n]/g, '');

/** The frames of a session that carry no event of the log, by type. None has an id. */
export interface SessionControls {
  start: z.infer<typeof streamStart>;
  replayComplete: Omit<z.infer<typeof replayComplete>, 'type'>;
  reset: z.infer<typeof streamReset>;
  done: z.infer<typeof streamDone>;
  deleted: z.infer<typeof streamDeleted>;
}

/** How a session's frames are written. */
export interface SessionFrames {
  /** A word for the form, to keep the encodings of one page apart. */
  readonly form: 'stream' | 'watch';
  /** Whether a session that has ended has nothing more to say: not even that it is deleted. */
  readonly endsWithSession: boolean;
  /** What stands around the JSON of each event. */
  readonly event: (sessionId: string) => EventForm;
  readonly control: <T extends keyof SessionControls>(
    sessionId: string,
    type: T,
    data: SessionControls[T],
  ) => string;
}

/** On a stream of its own: named frames, and the index of each event as its id. */
export const streamFrames: SessionFrames = {
  form: 'stream',
  endsWithSession: true,
  event: () => ({ beforeIndex: 'id: ', beforeJson: '\nevent: event\ndata: ', afterJson: '\n\n' }),
  control: (_, type, data) =>
    type === 'replayComplete'
      ? frame('event', JSON.stringify({ type, ...data }))
      : frame(type, JSON.stringify(data)),
};

/** Among others on one connection: every frame is named by the session's id, and none has an id. */
export const watchFrames: SessionFrames = {
  form: 'watch',
  endsWithSession: false,
  event: (sessionId) => ({
    beforeIndex: null,
    beforeJson: `event: ${withoutLineBreaks(sessionId)}\ndata: `,
    afterJson: '\n\n',
  }),
  control: (sessionId, type, data) => frame(sessionId, JSON.stringify({ type, ...data })),
};

/** How the feed's frames are written. */
export interface FeedFrames {
  readonly form: 'stream' | 'watch';
  readonly entry: (entry: FeedEntry) => string;
  readonly snapshotComplete: (data: z.infer<typeof snapshotComplete>) => string;
  readonly reset: (data: z.infer<typeof feedReset>) => string;
}

/** On a stream of its own: the revision of each entry, and of the marker, is its id. */
export const feedStreamFrames: FeedFrames = {
  form: 'stream',
  entry: (entry) => frame('sessionStatus', JSON.stringify(entry), entry.revision),
  snapshotComplete: (data) => frame('snapshotComplete', JSON.stringify(data), data.revision),
  reset: (data) => frame('reset', JSON.stringify(data)),
};

/** Among others on one connection: the same without ids. */
export const feedWatchFrames: FeedFrames = {
  form: 'watch',
  entry: (entry) => frame('sessionStatus', JSON.stringify(entry)),
  snapshotComplete: (data) => frame('snapshotComplete', JSON.stringify(data)),
  reset: (data) => frame('reset', JSON.stringify(data)),
};

/** What tells the AI SDK's clients what a stream is. */
export const CHAT_HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' } as const;

/** One chunk of the AI SDK's stream; its place is its id. */
export function chatFrame(chunk: ChatChunk, position?: ChatPosition): string {
  return chatData(JSON.stringify(chunk), position);
}

/** The last frame of the AI SDK's stream; at the end of a turn that the reader has not followed. */
export function chatDone(position?: ChatPosition): string {
  return chatData('[DONE]', position);
}

function chatData(data: string, position: ChatPosition | undefined): string {
  return `${position === undefined ? '' : `id: ${formatPosition(position)}\n`}data: ${data}\n\n`;
}
