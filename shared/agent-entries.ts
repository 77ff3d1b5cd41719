import type { EventOf } from './event.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { AgentEntry, TextEntry, ThoughtEntry } from './session-view.ts';

/**
 * What an agent event shows: `content` and `thought` as text where they have one, whether it comes
 * as a string, as `{text}`, as LLM content or as any of these under a key of the same name.
 */
export function agentEntries({
  index,
  event,
}: EventOf<'agentEvent'>): (TextEntry | ThoughtEntry | AgentEntry)[] {
  const text = plainText(event['content']);
  // What most of a long log is made of.
  if (text !== null && Object.keys(event).length === 1) {
    return [{ kind: 'text', key: `${index}.0`, text }];
  }
  const pieces = Object.entries(event).flatMap(([name, value]): Piece[] => {
    if (name !== 'content' && name !== 'text' && name !== 'thought') return [agent(name, value)];
    const parts = partsOf(name, value);
    if (parts === null) return [agent(name, value)];
    const part = name === 'thought' ? partIdOf(value) : null;
    return parts.map((piece): Piece => {
      if (typeof piece !== 'string') return media(piece);
      if (name !== 'thought') return { kind: 'text', text: piece };
      return { kind: 'thought', text: piece, ...(part === null ? {} : { part }) };
    });
  });
  return pieces.map((piece, n) => ({ ...piece, key: `${index}.${n}` }));
}

type Piece = Omit<TextEntry, 'key'> | Omit<ThoughtEntry, 'key'> | Omit<AgentEntry, 'key'>;

function partIdOf(value: unknown): string | null {
  return isObject(value) && typeof value['id'] === 'string' ? value['id'] : null;
}

/** Of the two shortest shapes of content. */
function plainText(content: Json | undefined): string | null {
  if (typeof content === 'string') return content;
  const text = isObject(content) ? content['text'] : null;
  return typeof text === 'string' ? text : null;
}

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
