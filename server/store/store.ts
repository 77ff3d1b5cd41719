// Longer than most: the whole contract of a store, told in its docstrings.
import type { RunMode, Runner } from '../../shared/event.ts';
import type { GraphDescriptor } from '../../shared/graph.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type {
  FeedEntry,
  ImportState,
  OpenPrompt,
  SessionStatus,
  SessionSummary,
  Turn,
} from '../../shared/session.ts';

/**
 * What the rest of the server knows of storage. Asynchronous and coarse, so that a store for several
 * server processes can stand beside SQLite; `store.testing.ts` is the contract as tests.
 *
 * A store never decides: it keeps what it is given, refuses what would break the log, and reads.
 */
export interface Store {
  /** Identifies this database; another database, also one in the same file, has another. */
  readonly storeId: string;

  /**
   * Writes a session's record, its first events and its summary in one transaction. Appends and
   * creations that arrive together share a commit. Resolves once durable.
   * @throws AppendConflict when the session exists
   */
  create(record: SessionRecord, append: Append): Promise<void>;

  /**
   * Writes events and the summary that they imply in one transaction. A conflict fails only its own
   * append. Resolves once durable; appends of one session must be given in order and are written in
   * that order. An append of no events keeps what it says of producers and timers.
   * @throws AppendConflict when the first index is not the one after the session's last
   * @throws SessionGone when the session is not there (any more)
   */
  append(append: Append): Promise<void>;

  /** Begins to write a session that comes from an export. */
  beginImport(): StoredImport;

  /**
   * Turns a session that was imported to be read alone into one that goes on, with these facts, and
   * moves the revision. False when there is no such session.
   */
  continueImported(sessionId: string, facts: SessionFacts): Promise<boolean>;

  /** Changes the title, and moves the revision. False when there is no such session. */
  rename(sessionId: string, title: string): Promise<boolean>;

  /**
   * Removes the session's row and record and leaves a tombstone, in one commit; the events are
   * purged in slices afterwards, also after a restart. False when there is no such session.
   */
  delete(sessionId: string, time: number): Promise<boolean>;

  /** The immutable record of a session; null when there is none. */
  record(sessionId: string): Promise<SessionRecord | null>;

  /**
   * The rows from which the engine rebuilds a session, in index order, from one snapshot with the
   * last index: every event but those agent events and thoughts that a step emitted. Those that a
   * node emitted outside of a step come without their payload.
   */
  journal(sessionId: string): Promise<JournalRows | null>;

  /** How far each producer of a session has come; none for a session that is not there. */
  producers(sessionId: string): Promise<ProducerState[]>;

  /**
   * The events that follow `after`, as stored, with the session's state from the same snapshot; null
   * when there is no such session. Returns at least one event if there is one, then as many as fit.
   */
  events(sessionId: string, after: number, limit: PageLimit): Promise<EventPage | null>;

  /**
   * The events that `events` gives, as one text that is made without reading them one by one: each
   * as `form` says, in order.
   */
  eventText(
    sessionId: string,
    after: number,
    limit: PageLimit,
    form: EventForm,
  ): Promise<EventTextPage | null>;

  /** A session's summary row with what only the status endpoint tells; null when there is none. */
  status(sessionId: string): Promise<StoredStatus | null>;

  /**
   * A page of the list, newest first, from one snapshot with the store's revision. The order is by
   * `createdAt`, then by `sessionId`, both descending.
   */
  list(query: ListQuery): Promise<ListPage>;

  /**
   * What changed after a revision, in revision order, from one snapshot. Summaries and tombstones
   * share the counter, so an entry appears at most once.
   */
  changes(query: ChangesQuery): Promise<ChangesPage>;

  /** How many sessions each graph has in each status. */
  graphCounts(): Promise<Map<string, Partial<Record<SessionStatus, number>>>>;

  /** The newest session of a graph that no file offers: whose descriptor to show. */
  newestOf(graphId: string): Promise<string | null>;

  /** Distinct node types over all sessions that have not ended. */
  openTypes(): Promise<string[]>;

  /**
   * Marks every session that has not ended and has a node of one of `types` as blocked by it, and
   * every other as not blocked. Moves the revision of the rows that this changes.
   */
  setBlocked(types: readonly string[]): Promise<void>;

  /** Sessions that need their code to run: not ended, not blocked. In creation order. */
  needingRunner(): Promise<string[]>;

  /**
   * When a timer of each session that needs only that is due (Unix seconds): those that are neither
   * ended nor blocked, need no runner, and have a `nextWakeAt`. In that order.
   */
  wakes(): Promise<{ sessionId: string; at: number }[]>;

  /**
   * Sessions that have ended and that the query is not to keep. Those that were imported to be read
   * alone are never among them.
   */
  ended(query: EndedQuery): Promise<string[]>;

  /** What was answered to an idempotency key, if it has not expired at `now` (Unix seconds). */
  idempotent(scope: string, key: string, now: number): Promise<IdempotencyRecord | null>;

  /** Calls `listener` after each commit with what it touched. Returns the end of the subscription. */
  onCommit(listener: (commit: Commit) => void): () => void;

  /** Writes what is queued, then frees the file. Everything asked for later rejects. */
  close(): Promise<void>;
}

/**
 * A session that is written a group of events at a time, and is not there before all of it is. What
 * was written of one that is neither finished nor abandoned is purged at the next open.
 */
export interface StoredImport {
  /**
   * Writes events that follow those before. Resolves once durable.
   * @throws AppendConflict when they do not follow
   */
  append(events: readonly StoredEvent[]): Promise<void>;

  /**
   * Writes the record, the last events and the summary in one transaction, which also makes the
   * session appear. Resolves once durable.
   * @throws AppendConflict when the session exists, or the events do not follow; it can be abandoned
   * then
   */
  finish(record: SessionRecord, append: Append, imported: ImportState): Promise<void>;

  /** Gives up: what was written is purged in slices. */
  abandon(): Promise<void>;
}

/** What a session was started with. Immutable; recovery and export read it and the log alone. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly graphId: string;
  readonly graph: GraphDescriptor;
  readonly mode: RunMode;
  readonly runner: Runner;
  readonly inputs: JsonObject;
  /** The title at the start; `Store.rename` changes the one in the summary. */
  readonly title: string;
  /** Unix seconds. */
  readonly createdAt: number;
  /** The distinct types of the nodes that this server executes in it. */
  readonly nodeTypes: readonly string[];
  /** The paths of what was taken out of it and of its log before it came here; absent for nothing. */
  readonly redacted?: readonly string[];
}

/** How an event takes part in a rebuild of the session. */
export type JournalClass =
  /** Not at all: emitted inside a step. */
  | 'none'
  /** Its index and type count: emitted by a node outside of a step. */
  | 'mark'
  /** Whole. */
  | 'full';

/** An event ready to be stored: `json` is what goes on the wire, index and time included. */
export interface StoredEvent {
  readonly index: number;
  /** Unix seconds. */
  readonly time: number;
  readonly type: string;
  readonly nodeId: string | null;
  readonly journal: JournalClass;
  readonly json: string;
}

/** What the log implies after an append; the store keeps it and computes none of it. */
export interface SessionFacts {
  readonly status: SessionStatus;
  readonly openPrompts: readonly OpenPrompt[];
  readonly openPromptCount: number;
  readonly turn: Turn;
  readonly error: string | null;
  /** Unix seconds; null while there is contact. */
  readonly lostContactAt: number | null;
  readonly needsRunner: boolean;
  /** Unix seconds; null when no timer is set. */
  readonly nextWakeAt: number | null;
}

export interface Append {
  readonly sessionId: string;
  /** With contiguous indices; none only where there are `producers`. */
  readonly events: readonly StoredEvent[];
  /** The facts after the last of `events`; null when they are as they were. */
  readonly facts: SessionFacts | null;
  /** Stored in the same transaction. */
  readonly idempotency?: IdempotencyRecord;
  /** How far producers have come with `events`; stored in the same transaction. */
  readonly producers?: readonly ProducerState[];
}

/** How far a program has come that writes an external session. */
export interface ProducerState {
  readonly producerId: string;
  /** A program that takes the place of another counts it up. */
  readonly epoch: number;
  /** The number of its last batch, from 0 in each epoch. */
  readonly seq: number;
  /** The index of the log's last event after that batch. */
  readonly lastIndex: number;
  /** For how many seconds it may keep silent; null for as long as it likes. */
  readonly lease: number | null;
  /** Unix seconds: when the lease runs out. */
  readonly leaseUntil: number | null;
}

export interface IdempotencyRecord {
  /** Method and path. */
  readonly scope: string;
  readonly key: string;
  /** A digest of the request's body without its access token. */
  readonly bodyHash: string;
  /** The JSON that was answered. */
  readonly response: Json;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface PageLimit {
  readonly events: number;
  /** UTF-8 bytes of JSON, about; a single event may exceed it. */
  readonly bytes: number;
}

export interface EventPage {
  readonly events: readonly { readonly index: number; readonly json: string }[];
  readonly status: SessionStatus;
  readonly lastIndex: number;
}

/** What stands around the JSON of each event in a text. */
export interface EventForm {
  /** Comes first, with the event's index; null for neither. */
  readonly beforeIndex: string | null;
  readonly beforeJson: string;
  readonly afterJson: string;
}

export interface EventTextPage {
  /** UTF-8; null when no event follows. */
  readonly text: Buffer | null;
  /** The index of the last event in `text`; `after` without one. */
  readonly last: number;
  readonly status: SessionStatus;
  readonly lastIndex: number;
}

export interface JournalRow {
  readonly index: number;
  readonly type: string;
  readonly nodeId: string | null;
  /** The event; null for one whose class is `mark`. */
  readonly json: string | null;
}

export interface JournalRows {
  readonly rows: readonly JournalRow[];
  readonly lastIndex: number;
  /** The time of the last event, in Unix seconds. */
  readonly time: number;
  /** Null for a session that was started here. */
  readonly imported: ImportState | null;
}

export interface StoredStatus {
  readonly sessionId: string;
  readonly graphId: string;
  readonly status: SessionStatus;
  readonly title: string;
  readonly createdAt: number;
  /** The time of the last event, now, not as of the revision. */
  readonly updatedAt: number;
  readonly lastIndex: number;
  readonly turn: Turn;
  readonly openPrompts: readonly OpenPrompt[];
  readonly blockedBy: readonly string[];
  readonly runner: Runner;
  /** Unix seconds; null while there is contact. */
  readonly lostContactAt: number | null;
  readonly error: string | null;
  readonly imported: ImportState | null;
  readonly revision: number;
}

export interface ListQuery {
  readonly graphId?: string;
  /** Any of these; all when absent or empty. */
  readonly statuses?: readonly SessionStatus[];
  /** Part of the title or of the id, without regard to ASCII case. */
  readonly text?: string;
  /** Only those with an open prompt that is not idle. */
  readonly needsAnswer?: boolean;
  readonly limit: number;
  /** The opaque `next` of the page before. @throws InvalidPageToken */
  readonly pageToken?: string;
}

export interface ListPage {
  readonly sessions: readonly SessionSummary[];
  readonly next: string | null;
  readonly revision: number;
}

export interface ChangesQuery {
  /** Absent: all graphs. */
  readonly graphId?: string;
  /** Only what changed after this revision. */
  readonly since: number;
  /**
   * Tombstones are given of sessions that existed at this revision; null for none at all.
   */
  readonly tombstonesFor: number | null;
  readonly limit: number;
}

export interface ChangesPage {
  readonly entries: readonly FeedEntry[];
  /** The store's revision. When nothing was cut by `limit`, a reader has seen all up to it. */
  readonly revision: number;
  readonly more: boolean;
  /** Tombstones of deletions at or before this revision are no longer kept. */
  readonly tombstonesFrom: number;
}

export interface EndedQuery {
  /** Those whose last event was before this time (Unix seconds); null for none of them. */
  readonly before: number | null;
  /** And of each graph those beyond its newest so many, by their last event; null for none of them. */
  readonly keepPerGraph: number | null;
  readonly limit: number;
}

export interface Commit {
  /** Sessions with new events, or deleted. */
  readonly sessions: ReadonlySet<string>;
  /** Whether a summary's revision moved. */
  readonly feed: boolean;
}

/** The append does not follow the session's log; nothing of it was written. */
export class AppendConflict extends Error {
  override readonly name = 'AppendConflict';
}

/** The session was deleted, or never was. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone';
}

/** A page token that this store did not give. */
export class InvalidPageToken extends Error {
  override readonly name = 'InvalidPageToken';
}

/** Why a database cannot be used; the message says it in one line, with the file's name. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}
