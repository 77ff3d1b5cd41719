import { readUIMessageStream } from 'ai';
import { createParser } from 'eventsource-parser';
import { parsePosition } from '../../shared/chat-position.ts';
import type { ChatChunk, ChatMessage } from '../../shared/chat.ts';
import type { Readers } from './create-readers.ts';
import { chatDone } from './sse.ts';
import type { Sink } from './sink.ts';

/** A frame of a chat stream, parsed. */
export interface ChatFrame {
  readonly id: string | undefined;
  /** Null: `[DONE]`. */
  readonly chunk: ChatChunk | null;
}

export interface ChatConnection {
  /** Null: 204. */
  readonly frames: ChatFrame[] | null;
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;
  close(): void;
}

/** Opens a chat stream without HTTP, which breaks after `bytes`. */
export async function connectChat(
  readers: Readers,
  request: { sessionId: string; after: string | null; reopen?: boolean },
  bytes = Infinity,
): Promise<ChatConnection> {
  const { sessionId, after, reopen = false } = request;
  const position = after === null ? null : parsePosition(after);
  const opening = await readers.openTurn({ sessionId, after: position, reopen });
  if (opening === null) throw new Error('There is no such session.');
  const abort = new AbortController();
  const frames: ChatFrame[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => {
      const chunk = data === '[DONE]' ? null : (JSON.parse(data) as ChatChunk);
      frames.push({ id, chunk });
    },
  });
  let left = bytes;
  const write: Sink['write'] = (...chunks) => {
    for (const chunk of chunks) {
      if (abort.signal.aborted) return undefined;
      const encoded = Buffer.from(chunk);
      parser.feed(encoded.subarray(0, left).toString('latin1'));
      left -= encoded.length;
      if (left <= 0) abort.abort();
    }
    return undefined;
  };
  const close = () => abort.abort();
  if (opening.kind === 'nothing') return { frames: null, over: Promise.resolve(), close };
  if (opening.kind === 'end') {
    void write(chatDone(opening.at));
    return { frames, over: Promise.resolve(), close };
  }
  return { frames, over: readers.turn({ write, signal: abort.signal }, opening.reading), close };
}

/** The message that the SDK's own reader makes of chunks, from the one that it is given. */
export async function readWithSdk(
  chunks: readonly ChatChunk[],
  message?: ChatMessage,
): Promise<ChatMessage | undefined> {
  let latest = message;
  const stream = new ReadableStream<ChatChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const errors: unknown[] = [];
  const given = message === undefined ? {} : { message: structuredClone(message) };
  for await (const next of readUIMessageStream<ChatMessage>({
    ...given,
    stream,
    onError: (error) => errors.push(error),
  })) {
    latest = next;
  }
  const told = chunks.flatMap((chunk) => (chunk.type === 'error' ? [chunk.errorText] : []));
  const others = errors.filter((error) => !told.includes((error as Error).message));
  if (others.length > 0) throw others[0] as Error;
  return latest === undefined ? undefined : plain(latest);
}

/** Without members that are undefined, as JSON has it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** What is left of a message for a reader that asks for the open part again. */
export function withoutOpenParts(message: ChatMessage): ChatMessage {
  const { parts } = message;
  const open = parts.findIndex(
    (part, at) =>
      ('state' in part && part.state === 'streaming') ||
      (part.type === 'step-start' && at === parts.length - 1),
  );
  return open === -1 ? message : { ...message, parts: parts.slice(0, open) };
}
