import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { GraphDescriptor } from '../../shared/graph.ts';
import { isObject, jsonObject } from '../../shared/json.ts';
import type { RunMode } from '../../shared/event.ts';
import type { SessionRecord } from './store.ts';

export const recordsDdl = `
  -- What each session was started with. Written once.
  CREATE TABLE records (
    sid INTEGER PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('interactive', 'headless')),
    -- The title at the start; the session's row has the present one.
    title TEXT NOT NULL,
    -- JSON: the distinct types of the nodes that the run executes.
    node_types TEXT NOT NULL,
    -- JSON: the descriptor.
    graph TEXT NOT NULL,
    -- JSON: the inputs.
    inputs TEXT NOT NULL
  ) STRICT;
`;

/** Since version 3: what was taken out of an import, as a JSON array of paths; null for nothing. */
export const redactedDdl = `
  ALTER TABLE records ADD COLUMN redacted TEXT;
`;

interface Row {
  readonly mode: RunMode;
  readonly title: string;
  readonly nodeTypes: string;
  readonly graph: string;
  readonly inputs: string;
  readonly redacted: string | null;
}

/** The session records, but for what the session's row has: id, graph id, creation and runner. */
export class RecordsTable {
  readonly #insert: Database.Statement<
    [number, string, string, string, string, string, string | null]
  >;
  readonly #get: Database.Statement<[number], Row>;
  readonly #nodeTypes: Database.Statement<[number], string>;
  readonly #delete: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#insert = db.prepare(`
      INSERT INTO records (sid, mode, title, node_types, graph, inputs, redacted)
      VALUES (?, ?, ?, ?, ?, ?, ?)
    `);
    this.#get = db.prepare(`
      SELECT mode, title, node_types AS nodeTypes, graph, inputs, redacted
      FROM records WHERE sid = ?
    `);
    this.#nodeTypes = db
      .prepare<[number], string>('SELECT node_types FROM records WHERE sid = ?')
      .pluck();
    this.#delete = db.prepare('DELETE FROM records WHERE sid = ?');
  }

  insert(sid: number, record: SessionRecord): void {
    const { mode, title, nodeTypes, graph, inputs, redacted = [] } = record;
    this.#insert.run(
      sid,
      mode,
      title,
      JSON.stringify([...new Set(nodeTypes)]),
      JSON.stringify(graph),
      JSON.stringify(inputs),
      redacted.length === 0 ? null : JSON.stringify(redacted),
    );
  }

  get(sid: number): Omit<SessionRecord, 'sessionId' | 'graphId' | 'createdAt' | 'runner'> {
    const row = this.#get.get(sid);
    if (row === undefined) throw new Error(`Session ${sid} has a row and no record.`);
    return {
      mode: row.mode,
      title: row.title,
      nodeTypes: texts.parse(JSON.parse(row.nodeTypes)),
      graph: storedGraph.parse(JSON.parse(row.graph)),
      inputs: jsonObject.parse(JSON.parse(row.inputs)),
      ...(row.redacted === null ? {} : { redacted: texts.parse(JSON.parse(row.redacted)) }),
    };
  }

  nodeTypes(sid: number): string[] {
    return texts.parse(JSON.parse(this.#nodeTypes.get(sid) ?? '[]'));
  }

  delete(sid: number): void {
    this.#delete.run(sid);
  }
}

const texts = z.array(z.string());

/** Was valid when it was stored, and stays readable when the schema grows stricter. */
const storedGraph = z.custom<GraphDescriptor>(isObject);
