import { agentEntries } from './agent-entries.ts';
import type { EventOf } from './event.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** What one emitted event adds to a message. */
export type ChatPiece =
  | {
      readonly kind: 'text' | 'reasoning';
      /** Unique in the session. */
      readonly key: string;
      readonly text: string;
      /** Pieces with the same one are pieces of one part; null: none was named. */
      readonly part: string | null;
      /** Whether a piece that names no part may be followed by more of its own. */
      readonly grows: boolean;
    }
  | { readonly kind: 'file'; readonly mediaType: string; readonly url: string }
  | { readonly kind: 'source'; readonly id: string; readonly url: string; readonly title?: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly input: Json }
  | { readonly kind: 'response'; readonly id: string; readonly output: ToolOutput }
  | { readonly kind: 'event'; readonly id: string; readonly name: string; readonly value: Json };

/** How a tool call ended. */
export type ToolOutput = { readonly output: Json } | { readonly errorText: string };

/**
 * The pieces of a message that an agent event or a thought stands for, in order; none when it says
 * nothing. What the panel shows as text is text here.
 */
export function piecesOf(event: EventOf<'agentEvent' | 'thoughtEvent'>): ChatPiece[] {
  if (event.type === 'thoughtEvent') {
    const key = String(event.index);
    return withoutEmpty([{ kind: 'reasoning', key, text: event.text, part: null, grows: false }]);
  }
  const { nodeId, event: emitted } = event;
  return withoutEmpty(
    agentEntries(event).map((entry): ChatPiece => {
      const { key } = entry;
      switch (entry.kind) {
        case 'text': {
          const part = idOf(emitted['content']) ?? idOf(emitted['text']);
          return { kind: 'text', key, text: entry.text, part, grows: true };
        }
        case 'thought': {
          const part = entry.part ?? null;
          return { kind: 'reasoning', key, text: entry.text, part, grows: false };
        }
        case 'agent':
          return pieceOf(nodeId, key, entry.name, entry.value);
      }
    }),
  );
}

function pieceOf(nodeId: string, key: string, name: string, value: Json): ChatPiece {
  const known = isObject(value) ? knownPiece(nodeId, key, name, value) : null;
  if (known !== null) return known;
  // What tells of one thing again takes the place of what it told before.
  const id = idOf(value);
  return { kind: 'event', id: id === null ? key : `${nodeId}:${name}:${id}`, name, value };
}

function knownPiece(
  nodeId: string,
  key: string,
  type: string,
  value: JsonObject,
): ChatPiece | null {
  const { name } = value;
  switch (type) {
    case 'inlineData': {
      const { mimeType, data } = value;
      if (typeof mimeType !== 'string' || typeof data !== 'string') return null;
      return { kind: 'file', mediaType: mimeType, url: `data:${mimeType};base64,${data}` };
    }
    case 'source': {
      const { url, title } = value;
      if (typeof url !== 'string') return null;
      const id = idOf(value) ?? key;
      return { kind: 'source', id, url, ...(typeof title === 'string' ? { title } : {}) };
    }
    case 'functionCall':
      if (typeof name !== 'string') return null;
      return { kind: 'call', id: callId(nodeId, value, name), name, input: value['args'] ?? {} };
    case 'functionResponse':
      if (typeof name !== 'string') return null;
      return { kind: 'response', id: callId(nodeId, value, name), output: outputOf(value) };
    default:
      return null;
  }
}

/** A call and its response know each other by this alone, also across turns. */
function callId(nodeId: string, value: JsonObject, name: string): string {
  return `${nodeId}:${idOf(value) ?? name}`;
}

function outputOf({ response = null }: JsonObject): ToolOutput {
  if (!isObject(response)) return { output: response };
  const { error, status } = response;
  if (typeof error === 'string') return { errorText: error };
  if (status === 'failed') return { errorText: failureOf(response) };
  return { output: response };
}

function failureOf({ content, output }: JsonObject): string {
  const texts = Array.isArray(content) ? content.filter((item) => typeof item === 'string') : [];
  if (texts.length > 0) return texts.join('\n');
  return output === undefined ? 'The tool failed.' : JSON.stringify(output);
}

function idOf(value: Json | undefined): string | null {
  return isObject(value) && typeof value['id'] === 'string' ? value['id'] : null;
}

function withoutEmpty(pieces: ChatPiece[]): ChatPiece[] {
  return pieces.filter((piece) => !('text' in piece) || piece.text !== '');
}
