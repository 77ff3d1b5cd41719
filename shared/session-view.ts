import type { Json, JsonObject } from './json.ts';
import type { SuspendEvent } from './prompt.ts';

/**
 * One thing that happened in a node, as a person reads it. `key` is made of the index of the
 * event that began it: unique within a session, and the same however often the log is replayed.
 */
export type Entry = TextEntry | ThoughtEntry | AgentEntry | StepEntry | SleepEntry | PromptEntry;

/**
 * Streamed content: the texts of consecutive content events, joined. A long one goes on in further
 * entries, each Markdown by itself.
 */
export interface TextEntry {
  readonly kind: 'text';
  readonly key: string;
  readonly text: string;
  /** The line that opened the block of code in which the text begins; not part of the text. */
  readonly fence?: string;
}

/** A thought; one that is streamed in pieces with the id of a part is joined. */
export interface ThoughtEntry {
  readonly kind: 'thought';
  readonly key: string;
  readonly text: string;
  /** The id of its part, where it has one. */
  readonly part?: string;
}

/** An agent event that is not text, or a part of content that is not. */
export interface AgentEntry {
  readonly kind: 'agent';
  readonly key: string;
  /** The event's one key. */
  readonly name: string;
  readonly value: Json;
}

export interface StepEntry {
  readonly kind: 'step';
  readonly key: string;
  readonly name: string;
  /** The latest attempt; counts from 1. */
  readonly attempt: number;
  readonly state: 'running' | 'retrying' | 'ended' | 'failed';
  /** Unix seconds: when the latest attempt began, and when the step was over. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Of the latest failed attempt. */
  readonly error: string | null;
  /** Unix seconds; while `retrying`. */
  readonly retryAt: number | null;
  /** Absent until it ended, and when it returned nothing. */
  readonly result?: Json;
  /** What the latest attempt emitted, and every prompt of the step. */
  readonly blocks: readonly EntryBlock[];
}

/** A sleep that is not over: the history does not keep it, so that text flows on around it. */
export interface SleepEntry {
  readonly kind: 'sleep';
  readonly key: string;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly until: number;
}

export interface PromptEntry {
  readonly kind: 'prompt';
  readonly key: string;
  readonly interactionId: string;
  readonly suspendEvent: SuspendEvent | undefined;
  readonly state: 'open' | 'answered' | 'withdrawn';
  /** Of an answered one. */
  readonly response?: Json;
  /** Of a withdrawn one. */
  readonly reason?: string;
  /** Unix seconds: when it was answered or withdrawn. */
  readonly closedAt: number | null;
}

/**
 * Consecutive entries, some dozens of lines at most unless one entry has more: what a long history
 * is shared and drawn in. A block in which nothing happened is the same object as before.
 */
export interface EntryBlock {
  /** The key of its first entry. */
  readonly key: string;
  /** One step, or entries of any other kinds. */
  readonly entries: readonly Entry[];
  /** About how many lines it has. */
  readonly lines: number;
}

export interface NodeView {
  readonly id: string;
  /** Of the event that began the node, or settled it unbegun. */
  readonly index: number;
  /** Unix seconds; `startedAt` is null for a node that was skipped. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly blocks: readonly EntryBlock[];
  /** Of an ended node. */
  readonly outputs: JsonObject | null;
  /** Of a failed node. */
  readonly error: string | null;
  /** Of a skipped node: why. */
  readonly skipped: string | null;
}

/** A session's history. Immutable; a node in which nothing happened is the same object as before. */
export interface SessionView {
  /** In order of execution; a node that has not begun is absent. */
  readonly nodes: readonly NodeView[];
  /** By node id, of a completed session. */
  readonly outputs: JsonObject | null;
}

/** The entries of some blocks, in order. */
export function entriesOf(blocks: readonly EntryBlock[]): Entry[] {
  return blocks.flatMap((block) => block.entries);
}

/** The index of the event that began an entry. */
export function indexOf(entry: Entry): number {
  return Number.parseInt(entry.key, 10);
}

export const emptyView: SessionView = { nodes: [], outputs: null };
