import { isFinal } from '../../shared/session.ts';
import type { Changes } from './commit-queue.ts';
import type { Head, Imported } from './sessions-table.ts';
import {
  AppendConflict,
  SessionGone,
  type Append,
  type SessionFacts,
  type SessionRecord,
  type StoredEvent,
} from './store.ts';
import type { Tables } from './tables.ts';

/**
 * The writes, each to be run inside a transaction. One that throws has to be undone by its caller.
 * The revision moves here and nowhere else.
 */
export class SessionWriter {
  readonly #tables: Tables;
  readonly #now: () => number;

  /** `now` gives Unix seconds. */
  constructor(tables: Tables, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  /**
   * @param imported tells of a session that comes from an export, whose events up to that of the
   * append are written already
   * @throws AppendConflict
   */
  create(
    changes: Changes,
    record: SessionRecord,
    append: Append,
    imported: (Imported & { lastIndex: number }) | null = null,
  ): void {
    const { imports, sessions, records, rests, openTypes } = this.#tables;
    const { sessionId } = record;
    const { facts } = append;
    if (append.sessionId !== sessionId || facts === null) {
      throw new TypeError(`The first append of session ${sessionId} must be its own, with facts.`);
    }
    if (sessions.find(sessionId) !== undefined) {
      throw new AppendConflict(`Session ${sessionId} exists.`);
    }
    const head = headAfter(sessionId, imported?.lastIndex ?? -1, append.events);
    const origin = imported ?? { sid: null, imported: null };
    const sid = sessions.insert(record, head, facts, changes.nextRevision(), origin);
    if (imported !== null) imports.remove(sid);
    records.insert(sid, record);
    rests.put(sid, facts);
    const needsTypes = !isFinal(facts.status) && imported?.imported !== 'readOnly';
    if (needsTypes) openTypes.add(sid, record.nodeTypes);
    this.#store(sid, append);
    changes.touch(sessionId);
  }

  /**
   * Writes events of a session that is not there yet.
   * @param sid the number that the events before were written under; null for the first
   * @throws AppendConflict
   */
  appendImport(sid: number | null, lastIndex: number, events: readonly StoredEvent[]): number {
    headAfter('that is imported', lastIndex, events);
    const own = sid ?? this.#tables.imports.add();
    this.#tables.events.insert(own, events);
    return own;
  }

  /** Leaves the events that were written so far to the purge. */
  abandonImport(sid: number): void {
    this.#tables.imports.remove(sid);
    this.#tables.purges.add(sid);
  }

  /** False when there is no such session. */
  continueImported(changes: Changes, sessionId: string, facts: SessionFacts): boolean {
    const { sessions, records, rests, openTypes } = this.#tables;
    const row = sessions.find(sessionId);
    if (row === undefined) return false;
    const { sid, lastIndex, lastTime } = row;
    sessions.setImported(sid, 'continued');
    sessions.move(sid, { index: lastIndex, time: lastTime }, facts, changes.nextRevision());
    rests.put(sid, facts);
    if (!isFinal(facts.status)) openTypes.add(sid, records.nodeTypes(sid));
    changes.touch(sessionId);
    return true;
  }

  /** @throws AppendConflict, SessionGone */
  append(changes: Changes, append: Append): void {
    const { sessions, records, rests, openTypes } = this.#tables;
    const { sessionId, facts } = append;
    const row = sessions.findLog(sessionId);
    if (row === undefined) throw new SessionGone(`There is no session ${sessionId}.`);
    const { sid } = row;
    if (append.events.length === 0 && append.producers !== undefined) {
      if (facts !== null) sessions.setDue(sid, facts);
      this.#store(sid, append);
      return;
    }
    const head = headAfter(sessionId, row.lastIndex, append.events);
    if (facts === null) {
      sessions.moveHead(sid, head);
    } else {
      // Other prompts may be open, and as many as before.
      const otherPrompts = rests.put(sid, facts);
      if (otherPrompts || sessions.summaryMoves(row, facts)) {
        sessions.move(sid, head, facts, changes.nextRevision());
      } else {
        sessions.moveHead(sid, head);
        sessions.setDue(sid, facts);
      }
      if (isFinal(facts.status) && !isFinal(row.status)) {
        openTypes.remove(sid, records.nodeTypes(sid));
      }
    }
    this.#store(sid, append);
    changes.touch(sessionId);
  }

  /** False when there is no such session. */
  rename(changes: Changes, sessionId: string, title: string): boolean {
    const { sessions } = this.#tables;
    const row = sessions.find(sessionId);
    if (row === undefined) return false;
    if (row.title !== title) {
      sessions.setTitle(row.sid, title);
      sessions.setRevision(row.sid, changes.nextRevision());
    }
    return true;
  }

  /** False when there is no such session. Leaves its events to the purge. */
  delete(changes: Changes, sessionId: string, time: number): boolean {
    const { sessions, records, rests, openTypes, producers, purges, tombstones } = this.#tables;
    const row = sessions.find(sessionId);
    if (row === undefined) return false;
    const { sid, bornRevision, graphId, createdAt } = row;
    const revision = changes.nextRevision();
    tombstones.insert({ revision, bornRevision, sessionId, graphId, createdAt, deletedAt: time });
    openTypes.remove(sid, records.nodeTypes(sid));
    records.delete(sid);
    rests.delete(sid);
    producers.delete(sid);
    sessions.delete(sid);
    purges.add(sid);
    changes.touch(sessionId);
    return true;
  }

  /** Marks the sessions that need any of `types`, and unmarks all others. */
  setBlocked(changes: Changes, types: readonly string[]): void {
    const { sessions, openTypes } = this.#tables;
    const before = sessions.blocked();
    const after = openTypes.needing(types);
    const sids = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
    for (const sid of sids) {
      const blockedBy = after.get(sid) ?? [];
      if (sameTypes(blockedBy, before.get(sid) ?? [])) continue;
      sessions.setBlockedBy(sid, blockedBy);
      sessions.setRevision(sid, changes.nextRevision());
    }
  }

  #store(sid: number, { events, idempotency, producers = [] }: Append): void {
    this.#tables.events.insert(sid, events);
    if (idempotency !== undefined) this.#tables.idempotency.put(idempotency, this.#now());
    for (const producer of producers) this.#tables.producers.put(sid, producer);
  }
}

/** The end of the log after `events`. @throws AppendConflict unless they follow `lastIndex` */
function headAfter(sessionId: string, lastIndex: number, events: readonly StoredEvent[]): Head {
  const last = events.at(-1);
  if (last === undefined) throw new TypeError(`An append to session ${sessionId} has no events.`);
  for (const [place, { index }] of events.entries()) {
    const expected = lastIndex + 1 + place;
    if (index === expected) continue;
    throw new AppendConflict(
      `Event ${index} does not follow the log of session ${sessionId}: ${expected} does.`,
    );
  }
  return last;
}

const sameTypes = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((type, place) => type === b[place]);

/** The length of the JSON of events, about. */
export function lengthOf(events: readonly StoredEvent[]): number {
  return events.reduce((length, { json }) => length + json.length, 0);
}
