import { z } from 'zod/mini';
import { connectionState, watchBatch, watchWant } from './watch-link.ts';

/** What is said to all tabs. */
export const hallMessage = z.discriminatedUnion('type', [
  /** `tab` is here, and looks for the holder. */
  z.object({ type: z.literal('hello'), tab: z.string() }),
  /** `tab` holds the connection from now on. */
  z.object({ type: z.literal('holder'), tab: z.string() }),
]);

/** What a tab says to the holder. */
export const toHolder = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('want'),
    tab: z.string(),
    want: watchWant,
    serial: z.int(),
    /** Whether it was served with this until now. */
    served: z.boolean(),
  }),
  z.object({
    type: z.literal('ack'),
    tab: z.string(),
    size: z.int(),
    want: watchWant,
    serial: z.int(),
  }),
  z.object({ type: z.literal('gap'), tab: z.string() }),
  /** With `attempt`: only if it still waits to make that one. */
  z.object({ type: z.literal('retry'), tab: z.string(), attempt: z.nullable(z.int()) }),
  /** Is anybody there? */
  z.object({ type: z.literal('ping'), tab: z.string() }),
  z.object({ type: z.literal('leave'), tab: z.string() }),
]);

/** What the holder says to a tab, or one that was taken for the holder. */
export const fromHolder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('batch'), holder: z.string(), batch: watchBatch }),
  z.object({ type: z.literal('state'), holder: z.string(), state: connectionState }),
  z.object({ type: z.literal('pong'), holder: z.string() }),
  /** Nothing is relayed until the tab says (again) what it wants. */
  z.object({ type: z.literal('aside'), holder: z.string() }),
  /** It does not hold the connection. */
  z.object({ type: z.literal('stranger'), holder: z.string() }),
]);

export type HallMessage = z.infer<typeof hallMessage>;
export type ToHolder = z.infer<typeof toHolder>;
export type FromHolder = z.infer<typeof fromHolder>;
export type TabMessage = ToHolder | FromHolder;
