import type Database from 'better-sqlite3';
import { z } from 'zod';
import { openPrompt, turn, type OpenPrompt, type Turn } from '../../shared/session.ts';
import type { SessionFacts } from './store.ts';

export const restsDdl = `
  -- What only the status of a session tells. Apart from the session's row, which is rewritten with
  -- every append and read by the thousand: a prompt or an answer may be large.
  CREATE TABLE rests (
    sid INTEGER PRIMARY KEY,
    -- JSON: the interaction ids of the open prompts, sorted.
    prompt_ids TEXT NOT NULL,
    -- JSON.
    turn TEXT NOT NULL,
    -- JSON.
    open_prompts TEXT NOT NULL
  ) STRICT;
`;

/** The open prompts and the turn of each session. */
export class RestsTable {
  readonly #put: Database.Statement<[number, string, string, string]>;
  readonly #get: Database.Statement<[number], { turn: string; openPrompts: string }>;
  readonly #promptIds: Database.Statement<[number], string>;
  readonly #delete: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#put = db.prepare('INSERT OR REPLACE INTO rests VALUES (?, ?, ?, ?)');
    this.#get = db.prepare('SELECT turn, open_prompts AS openPrompts FROM rests WHERE sid = ?');
    this.#promptIds = db
      .prepare<[number], string>('SELECT prompt_ids FROM rests WHERE sid = ?')
      .pluck();
    this.#delete = db.prepare('DELETE FROM rests WHERE sid = ?');
  }

  /** Keeps what `facts` say. Returns whether other prompts are open than before. */
  put(sid: number, facts: SessionFacts): boolean {
    const ids = JSON.stringify(facts.openPrompts.map((prompt) => prompt.interactionId).sort());
    const moved = this.#promptIds.get(sid) !== ids;
    this.#put.run(sid, ids, JSON.stringify(facts.turn), JSON.stringify(facts.openPrompts));
    return moved;
  }

  get(sid: number): { turn: Turn; openPrompts: OpenPrompt[] } {
    const row = this.#get.get(sid);
    if (row === undefined) throw new Error(`Session ${sid} has a row and no rest.`);
    return {
      turn: turn.parse(JSON.parse(row.turn)),
      openPrompts: openPrompts.parse(JSON.parse(row.openPrompts)),
    };
  }

  delete(sid: number): void {
    this.#delete.run(sid);
  }
}

const openPrompts = z.array(openPrompt);
