import { z } from 'zod/mini';
import { MAX_TITLE_LENGTH } from './api.ts';
import { runMode } from './event.ts';
import { graphDescriptor } from './graph.ts';
import { json } from './json.ts';
import { isWellFormed } from './well-formed.ts';

/** What an export is: a line of JSON that says what the session was started with, then its events. */
export const EXPORT_TYPE = 'application/x-ndjson';

/** Names the format; its first line says so. */
export const EXPORT_FORMAT = 'reattach-session';

/** Counts the changes that a reader has to know of. */
export const EXPORT_VERSION = 1;

/** What an id may be that comes from elsewhere: it stands in paths, bare and before a colon. */
const sessionId = z
  .string()
  .check(
    z.regex(
      /^(?!(?:new|import)$)[\w][\w.-]{0,199}$/,
      'must be 1 to 200 letters, digits, dots, dashes and underscores',
    ),
  );

/** The first line of an export. */
export const exportHeader = z.object({
  format: z.literal(EXPORT_FORMAT),
  version: z.literal(EXPORT_VERSION),
  sessionId,
  graphId: z.string().check(z.minLength(1), z.maxLength(200), isWellFormed),
  graph: graphDescriptor,
  mode: runMode,
  /** Absent: a server of the kind that reads this. */
  runner: z.optional(z.literal('external')),
  inputs: z.record(z.string(), json),
  title: z.string().check(z.minLength(1), z.maxLength(MAX_TITLE_LENGTH), isWellFormed),
  /** Unix seconds. */
  createdAt: z.number(),
  /** The index of the last event, which is on the last line. */
  lastIndex: z.int().check(z.minimum(0)),
  /** The paths of what was taken out; absent when nothing was. */
  redacted: z.optional(z.array(z.string())),
});
export type ExportHeader = z.infer<typeof exportHeader>;
