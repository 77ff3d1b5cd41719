import { z } from 'zod';
import { parsePosition } from '../../shared/chat-position.ts';
import { createRedaction, UselessPath, type Redaction } from '../../shared/redaction.ts';
import { sessionStatuses } from '../../shared/session.ts';

/** Query parameters arrive as texts: each schema takes one, strictly, and says what it wants. */

/** An integer of at least `min`, written in digits and nothing else. */
export function integer(min: number) {
  const message = `must be an integer of at least ${min}`;
  return z
    .string()
    .regex(/^-?\d+$/, message)
    .transform(Number)
    .pipe(z.int(message).min(min, message));
}

/** A number of seconds, with a fraction if need be. */
export const seconds = z
  .string()
  .regex(/^\d+(?:\.\d+)?$/, 'must be a number of seconds, of at least 0')
  .transform(Number)
  .pipe(z.number().min(0));

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
  .transform((text) => text === 'true');

/** Statuses with commas between them. */
export const statuses = z
  .string()
  .transform((text) => text.split(',').map((status) => status.trim()))
  .pipe(
    z.array(
      z.enum(sessionStatuses, {
        error: ({ input }) =>
          `must be of ${sessionStatuses.join(', ')}, with commas between, and not '${String(input)}'`,
      }),
    ),
  );

/** Paths of what to take out of an export. */
export const redaction = z
  .array(z.string())
  .default([])
  .transform((paths, context): Redaction => {
    try {
      return createRedaction(paths);
    } catch (error) {
      if (!(error instanceof UselessPath)) throw error;
      context.addIssue(`must be a path to what can be taken out: ${error.message}`);
      return z.NEVER;
    }
  });

/** `ID:AFTER`, or `ID` alone for everything from the start. An id holds no colon as it is sent. */
export const watchedSession = z
  .string()
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return colon === -1
      ? { sessionId: text, after: '-1' }
      : { sessionId: text.slice(0, colon), after: text.slice(colon + 1) };
  })
  .pipe(
    z.object({
      sessionId: z.string().min(1, 'must be ID:AFTER with a session id'),
      after: z
        .string()
        .regex(/^(?:-1|\d+)$/, 'must be ID:AFTER, with an integer of at least -1 as AFTER')
        .transform(Number)
        .pipe(z.int('must be ID:AFTER, with an integer of at least -1 as AFTER')),
    }),
  );

/** `INDEX:FRAME`: the last frame of a chat stream that the reader has. */
export const chatCursor = z.string().transform((text, context) => {
  const position = parsePosition(text);
  if (position !== null) return position;
  context.addIssue({ code: 'custom', message: CHAT_CURSOR_SHAPE });
  return z.NEVER;
});

/** What is wrong with one that is none. */
export const CHAT_CURSOR_SHAPE = 'must be INDEX:FRAME, as in the id of a frame';

/** The parameters that a request may repeat. */
export const repeatable: ReadonlySet<string> = new Set(['redact', 'session']);

/** The parameters of which a malformed value is `invalid_cursor`. */
export const cursors: ReadonlySet<string> = new Set(['after', 'since', 'known', 'session']);
