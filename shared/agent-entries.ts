import type { EventOf } from './event.ts';
import { isObject, type JsonObject } from './json.ts';
import type { AgentEntry, Entry } from './session-view.ts';

/**
 * What an agent event shows: `content` and `thought` as text where they have one, whether it comes
 * as a string, as `{text}`, as LLM content or as any of these under a key of the same name.
 */
export function agentEntries({ index, event }: EventOf<'agentEvent'>): Entry[] {
  const pieces = Object.entries(event).flatMap(([name, value]): Piece[] => {
    if (name !== 'content' && name !== 'text' && name !== 'thought') return [agent(name, value)];
    const parts = partsOf(name, value);
    if (parts === null) return [agent(name, value)];
    const kind = name === 'thought' ? 'thought' : 'text';
    return parts.map((part) => (typeof part === 'string' ? { kind, text: part } : media(part)));
  });
  return pieces.map((piece, n) => ({ ...piece, key: `${index}.${n}` }));
}

type Piece = { kind: 'text' | 'thought'; text: string } | Omit<AgentEntry, 'key'>;

function agent(name: string, value: unknown): Piece {
  return { kind: 'agent', name, value: value as AgentEntry['value'] };
}

/** A part of content that is not text: its one key names it. */
function media(part: JsonObject): Piece {
  const name = Object.keys(part)[0] ?? 'part';
  return agent(name, part[name] ?? null);
}

/** The texts (as strings) and other parts of a value; null when it has no known shape. */
function partsOf(name: string, value: unknown): (string | JsonObject)[] | null {
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return null;
  if (typeof value['text'] === 'string') return [value['text']];
  if (Array.isArray(value['parts'])) return value['parts'].filter(isObject).map(textOrPart);
  return name in value ? partsOf(name, value[name]) : null;
}

function textOrPart(part: Record<string, unknown>): string | JsonObject {
  return typeof part['text'] === 'string' ? part['text'] : (part as JsonObject);
}
