import { z } from 'zod/mini';

/** How a page's connection is doing, whichever page holds it. */
export const connectionState = z.discriminatedUnion('phase', [
  /** Nothing is watched. */
  z.object({ phase: z.literal('idle') }),
  /** `attempt` is 0 unless a connection was lost or refused before. */
  z.object({ phase: z.literal('connecting'), attempt: z.int(), reason: z.nullable(z.string()) }),
  z.object({ phase: z.literal('open') }),
  /** The next attempt comes at `retryAt` (Unix milliseconds). */
  z.object({
    phase: z.literal('waiting'),
    attempt: z.int(),
    reason: z.string(),
    retryAt: z.number(),
  }),
]);

/** What a page wants to be told, and how far it is; a session's store is null while unknown. */
export const watchWant = z.object({
  /** `graphId` is empty for all graphs. */
  feed: z.nullable(z.object({ graphId: z.string(), since: z.int(), storeId: z.string() })),
  session: z.nullable(
    z.object({ id: z.string(), after: z.int(), storeId: z.nullable(z.string()) }),
  ),
});

/** Frames that arrived together. */
export const watchBatch = z.object({
  /** The want that they answer, by its number. */
  serial: z.int(),
  /** The store that the connection's cursors were said to belong to. */
  asked: z.nullable(z.string()),
  /** Two lines a frame: its event name and its data. */
  text: z.string(),
});

export type ConnectionState = z.infer<typeof connectionState>;
export type WatchWant = z.infer<typeof watchWant>;
export type WatchBatch = z.infer<typeof watchBatch>;

/** What a page hears from its link. */
export interface WatchPort {
  /** Wants an `ack`. What is left out comes again: a link repeats, and never skips. */
  batch(batch: WatchBatch): void;
  state(state: ConnectionState): void;
}

/** A page's way to the connection, be it its own or another page's. */
export interface WatchLink {
  /** Replaces what the page wants. `serial` numbers the wants of the page. */
  want(want: WatchWant, serial: number): void;
  /** A batch of so many characters was taken in, which moved the cursors of `want`. */
  ack(size: number, want: WatchWant, serial: number): void;
  /** Something is missing between the frames: the connection is to be made anew. */
  gap(): void;
  /** Connects at once, if it was waiting to. */
  retryNow(): void;
  /** Watches nothing any more, and holds nothing. */
  close(): void;
}

export type OpenLink = (port: WatchPort) => WatchLink;

export function wantsNothing({ feed, session }: WatchWant): boolean {
  return feed === null && session === null;
}
