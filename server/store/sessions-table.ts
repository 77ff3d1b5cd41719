// Longer than most: all the SQL of one table, whose statements are to be read side by side.
import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { Runner } from '../../shared/event.ts';
import {
  finalStatuses,
  importStates,
  isFinal,
  sessionStatuses,
  type ImportState,
  type SessionStatus,
  type SessionSummary,
} from '../../shared/session.ts';
import type { SessionFacts } from './store.ts';

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');

export const sessionsDdl = `
  CREATE TABLE sessions (
    -- The session's number in the other tables. Never given twice: the events of a deleted session
    -- may still be there.
    sid INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL UNIQUE,
    graph_id TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN (${quoted(sessionStatuses)})),
    -- Unix seconds.
    created_at REAL NOT NULL,
    -- The revision of the creation.
    born_revision INTEGER NOT NULL,
    -- The revision at which the summary last changed.
    revision INTEGER NOT NULL UNIQUE,
    -- The time of the last event as of the revision.
    updated_at REAL NOT NULL,
    -- The number of events as of the revision.
    event_count INTEGER NOT NULL,
    -- Without idle prompts.
    open_prompt_count INTEGER NOT NULL,
    error TEXT,
    -- JSON: the node types that this server does not know; null when it knows them all, or when the
    -- session has ended.
    blocked_by TEXT,
    -- 1: its code has to run. 0 when it has ended.
    needs_runner INTEGER NOT NULL,
    -- When its next timer is due; null without one, or when it has ended.
    next_wake_at REAL,
    -- The index of the last event, now.
    last_index INTEGER NOT NULL,
    -- The time of the last event, now.
    last_time REAL NOT NULL,
    CHECK (status NOT IN (${quoted(finalStatuses)})
      OR (blocked_by IS NULL AND needs_runner = 0 AND next_wake_at IS NULL))
  ) STRICT;

  -- The list, in its order, by each of its filters. No index has a column that every append moves.
  CREATE INDEX sessions_by_creation ON sessions (created_at, session_id);
  CREATE INDEX sessions_by_graph ON sessions (graph_id, created_at, session_id);
  CREATE INDEX sessions_by_status ON sessions (status, created_at, session_id);
  CREATE INDEX sessions_by_graph_status ON sessions (graph_id, status, created_at, session_id);
  -- The feed of a graph; the feed of all of them uses the uniqueness of revisions.
  CREATE INDEX sessions_by_graph_revision ON sessions (graph_id, revision);
  -- What a start looks for among any number of sessions.
  CREATE INDEX sessions_needing_runner ON sessions (needs_runner)
    WHERE needs_runner = 1 AND blocked_by IS NULL;
  CREATE INDEX sessions_by_wake ON sessions (next_wake_at)
    WHERE next_wake_at IS NOT NULL AND needs_runner = 0 AND blocked_by IS NULL;
  CREATE INDEX sessions_blocked ON sessions (blocked_by) WHERE blocked_by IS NOT NULL;
`;

/** Since version 2: the list of what waits for a person, over all graphs and of one. */
export const needsAnswerDdl = `
  CREATE INDEX sessions_needing_answer ON sessions (created_at, session_id)
    WHERE open_prompt_count > 0;
  CREATE INDEX sessions_by_graph_needing_answer ON sessions (graph_id, created_at, session_id)
    WHERE open_prompt_count > 0;
`;

/** Since version 3: sessions that came from an export, and what an import has written so far. */
export const importsDdl = `
  -- Null for a session that was started here.
  ALTER TABLE sessions ADD COLUMN imported TEXT CHECK (imported IN (${quoted(importStates)}));

  -- The numbers of sessions that are being imported: their events are there, and they are not.
  CREATE TABLE imports (
    sid INTEGER PRIMARY KEY
  ) STRICT;

  -- Numbers are taken from it before there is a row.
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'sessions', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'sessions');
`;

/** Since version 5: sessions that a program elsewhere writes. */
export const externalDdl = `
  ALTER TABLE sessions ADD COLUMN
    runner TEXT NOT NULL DEFAULT 'server' CHECK (runner IN ('server', 'external'));
  -- Unix seconds: since when a producer has been silent for longer than it said; null while none has.
  ALTER TABLE sessions ADD COLUMN lost_contact_at REAL;
`;

/** The columns of a summary, as {@link summaryColumns} names them. */
export interface SummaryRow {
  readonly sessionId: string;
  readonly graphId: string;
  readonly status: SessionStatus;
  readonly title: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly eventCount: number;
  readonly openPromptCount: number;
  readonly error: string | null;
  readonly blockedBy: string | null;
  readonly imported: ImportState | null;
  readonly runner: Runner;
  readonly lostContactAt: number | null;
  readonly revision: number;
}

/** To be selected from `sessions`. */
export const summaryColumns = `
  session_id AS sessionId, graph_id AS graphId, status, title, created_at AS createdAt,
  updated_at AS updatedAt, event_count AS eventCount, open_prompt_count AS openPromptCount,
  error, blocked_by AS blockedBy, imported, runner, lost_contact_at AS lostContactAt, revision
`;

/** The summary that a row holds. */
export function summaryOf(row: SummaryRow): SessionSummary {
  const { blockedBy, imported, runner, lostContactAt, ...rest } = row;
  return {
    ...rest,
    ...(blockedBy === null ? {} : { blockedBy: typesIn(blockedBy) }),
    ...(imported === null ? {} : { imported }),
    ...(runner === 'server' ? {} : { runner }),
    ...(lostContactAt === null ? {} : { lostContactAt }),
  };
}

/** The node types in a `blocked_by` column. */
export function typesIn(blockedBy: string | null): string[] {
  return blockedBy === null ? [] : types.parse(JSON.parse(blockedBy));
}

/** What a read or a write of a log has to know of its session. */
export interface LogRow {
  readonly sid: number;
  readonly status: SessionStatus;
  readonly error: string | null;
  readonly openPromptCount: number;
  readonly lostContactAt: number | null;
  readonly lastIndex: number;
}

/** A session's row, whole. */
export interface SessionRow extends SummaryRow {
  readonly sid: number;
  readonly bornRevision: number;
  readonly lastIndex: number;
  readonly lastTime: number;
}

/** The end of a log. */
export interface Head {
  readonly index: number;
  /** Unix seconds. */
  readonly time: number;
}

/** What a new row takes from the session's record. */
type Birth = Pick<SummaryRow, 'sessionId' | 'graphId' | 'title' | 'createdAt' | 'runner'>;

/** A session that comes from an export. */
export interface Imported {
  /** The number under which its first events were written; null when none were. */
  readonly sid: number | null;
  readonly imported: ImportState;
}

/** The columns that follow from the facts, normalized: nothing is due in a session that has ended. */
interface FactColumns {
  readonly status: SessionStatus;
  readonly openPromptCount: number;
  readonly error: string | null;
  readonly lostContactAt: number | null;
  readonly needsRunner: number;
  readonly nextWakeAt: number | null;
}

/** The summary row of each session. Every revision given to it is the store's next. */
export class SessionsTable {
  readonly #insert: Database.Statement<
    [
      Birth &
        FactColumns &
        Head & { sid: number | null; imported: ImportState | null; revision: number },
    ]
  >;
  readonly #find: Database.Statement<[string], SessionRow>;
  readonly #findLog: Database.Statement<[string], LogRow>;
  readonly #moveHead: Database.Statement<[number, number, number]>;
  readonly #setDue: Database.Statement<[FactColumns & { sid: number }]>;
  readonly #move: Database.Statement<[Head & FactColumns & { sid: number; revision: number }]>;
  readonly #setImported: Database.Statement<[ImportState, number]>;
  readonly #setTitle: Database.Statement<[string, number]>;
  readonly #setBlockedBy: Database.Statement<[string | null, number]>;
  readonly #setRevision: Database.Statement<[number, number]>;
  readonly #delete: Database.Statement<[number]>;
  readonly #blocked: Database.Statement<[], { sid: number; blockedBy: string }>;
  readonly #needingRunner: Database.Statement<[], string>;
  readonly #wakes: Database.Statement<[], { sessionId: string; at: number }>;
  readonly #newestOf: Database.Statement<[string], string>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare(`
      INSERT INTO sessions (
        sid, session_id, graph_id, title, status, created_at, born_revision, revision, updated_at,
        event_count, open_prompt_count, error, blocked_by, runner, lost_contact_at, needs_runner,
        next_wake_at, last_index, last_time, imported
      ) VALUES (
        @sid, @sessionId, @graphId, @title, @status, @createdAt, @revision, @revision, @time,
        @index + 1, @openPromptCount, @error, NULL, @runner, @lostContactAt, @needsRunner,
        @nextWakeAt, @index, @time, @imported
      )
    `);
    this.#find = db.prepare(`
      SELECT sid, born_revision AS bornRevision, last_index AS lastIndex, last_time AS lastTime,
        ${summaryColumns}
      FROM sessions WHERE session_id = ?
    `);
    this.#findLog = db.prepare(`
      SELECT sid, status, error, open_prompt_count AS openPromptCount,
        lost_contact_at AS lostContactAt, last_index AS lastIndex
      FROM sessions WHERE session_id = ?
    `);
    this.#moveHead = db.prepare('UPDATE sessions SET last_index = ?, last_time = ? WHERE sid = ?');
    this.#setDue = db.prepare(`
      UPDATE sessions SET needs_runner = @needsRunner, next_wake_at = @nextWakeAt
      WHERE sid = @sid AND (needs_runner <> @needsRunner OR next_wake_at IS NOT @nextWakeAt)
    `);
    this.#move = db.prepare(`
      UPDATE sessions SET last_index = @index, last_time = @time, revision = @revision,
        updated_at = @time, event_count = @index + 1, status = @status, error = @error,
        open_prompt_count = @openPromptCount, lost_contact_at = @lostContactAt, needs_runner = @needsRunner,
        next_wake_at = @nextWakeAt,
        blocked_by = iif(@status IN (${quoted(finalStatuses)}), NULL, blocked_by)
      WHERE sid = @sid
    `);
    this.#setImported = db.prepare('UPDATE sessions SET imported = ? WHERE sid = ?');
    this.#setTitle = db.prepare('UPDATE sessions SET title = ? WHERE sid = ?');
    this.#setBlockedBy = db.prepare('UPDATE sessions SET blocked_by = ? WHERE sid = ?');
    this.#setRevision = db.prepare(`
      UPDATE sessions SET revision = ?, updated_at = last_time, event_count = last_index + 1
      WHERE sid = ?
    `);
    this.#delete = db.prepare('DELETE FROM sessions WHERE sid = ?');
    this.#blocked = db.prepare(`
      SELECT sid, blocked_by AS blockedBy FROM sessions INDEXED BY sessions_blocked
      WHERE blocked_by IS NOT NULL
    `);
    this.#needingRunner = db
      .prepare<[], string>(
        `SELECT session_id FROM sessions INDEXED BY sessions_needing_runner
        WHERE needs_runner = 1 AND blocked_by IS NULL ORDER BY sid`,
      )
      .pluck();
    this.#wakes = db.prepare(`
      SELECT session_id AS sessionId, next_wake_at AS at FROM sessions INDEXED BY sessions_by_wake
      WHERE next_wake_at IS NOT NULL AND needs_runner = 0 AND blocked_by IS NULL
      ORDER BY next_wake_at, sid
    `);
    this.#newestOf = db
      .prepare<[string], string>(
        `SELECT session_id FROM sessions WHERE graph_id = ?
        ORDER BY created_at DESC, session_id DESC LIMIT 1`,
      )
      .pluck();
  }

  /** Adds a session; `revision` is that of its creation. Returns its number. */
  insert(
    birth: Birth,
    head: Head,
    facts: SessionFacts,
    revision: number,
    { sid, imported }: Imported | { sid: null; imported: null },
  ): number {
    const { sessionId, graphId, title, createdAt, runner } = birth;
    const born = { sid, sessionId, graphId, title, createdAt, runner, imported };
    const row = { ...born, ...factColumns(facts), ...head, revision };
    return Number(this.#insert.run(row).lastInsertRowid);
  }

  find(sessionId: string): SessionRow | undefined {
    return this.#find.get(sessionId);
  }

  /** What a session's log needs of its row, which is cheaper than all of it. */
  findLog(sessionId: string): LogRow | undefined {
    return this.#findLog.get(sessionId);
  }

  /** Moves the end of the log, and nothing that a summary shows. */
  moveHead(sid: number, { index, time }: Head): void {
    this.#moveHead.run(index, time, sid);
  }

  /** Whether a summary of these facts reads otherwise than that of the row. */
  summaryMoves(row: LogRow, facts: SessionFacts): boolean {
    return (
      row.status !== facts.status ||
      row.error !== facts.error ||
      row.openPromptCount !== facts.openPromptCount ||
      row.lostContactAt !== facts.lostContactAt
    );
  }

  /** Keeps what of the facts no summary shows: whether and when code has to run. */
  setDue(sid: number, facts: SessionFacts): void {
    this.#setDue.run({ ...factColumns(facts), sid });
  }

  /** Moves the end of the log, and the summary with it, which has a new revision. */
  move(sid: number, { index, time }: Head, facts: SessionFacts, revision: number): void {
    this.#move.run({ ...factColumns(facts), sid, index, time, revision });
  }

  setImported(sid: number, state: ImportState): void {
    this.#setImported.run(state, sid);
  }

  setTitle(sid: number, title: string): void {
    this.#setTitle.run(title, sid);
  }

  /** `types` in order; none for a session that is not blocked. */
  setBlockedBy(sid: number, types: readonly string[]): void {
    this.#setBlockedBy.run(types.length === 0 ? null : JSON.stringify(types), sid);
  }

  /** Gives the summary a new revision, as of which it shows the log's length and last time. */
  setRevision(sid: number, revision: number): void {
    this.#setRevision.run(revision, sid);
  }

  delete(sid: number): void {
    this.#delete.run(sid);
  }

  /** The blocked sessions with the types that block them. */
  blocked(): Map<number, string[]> {
    return new Map(this.#blocked.all().map((row) => [row.sid, typesIn(row.blockedBy)]));
  }

  needingRunner(): string[] {
    return this.#needingRunner.all();
  }

  /** In the order of their timers. */
  wakes(): { sessionId: string; at: number }[] {
    return this.#wakes.all();
  }

  newestOf(graphId: string): string | null {
    return this.#newestOf.get(graphId) ?? null;
  }
}

function factColumns(facts: SessionFacts): FactColumns {
  const { status, openPromptCount, error, lostContactAt } = facts;
  const due = isFinal(status)
    ? { needsRunner: 0, nextWakeAt: null }
    : { needsRunner: facts.needsRunner ? 1 : 0, nextWakeAt: facts.nextWakeAt };
  return { status, openPromptCount, error, lostContactAt, ...due };
}

const types = z.array(z.string());
