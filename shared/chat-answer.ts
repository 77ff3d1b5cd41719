import { messageIdOf, type ChatMessage, type ChatPart, type ChatPrompt } from './chat.ts';
import { isObject, type Json } from './json.ts';
import {
  isLlmContent,
  NONE_OF_THE_ABOVE,
  parsePrompt,
  textOf,
  type LlmContent,
  type Prompt,
} from './prompt.ts';

/**
 * The message of the person whose answer began a turn: what they said as text and files, and the
 * answer itself as a data part.
 */
export function answerMessage(
  metadata: { readonly sessionId: string; readonly turnId: number; readonly startedAt: number },
  asked: ChatPrompt | null,
  answer: { readonly interactionId: string; readonly nodeId: string; readonly response: Json },
): ChatMessage {
  const { interactionId, nodeId, response } = answer;
  const { kind, prompt } = asked ?? {};
  const parsed = kind === undefined ? null : parsePrompt({ [kind]: prompt ?? null });
  return {
    id: `${messageIdOf(metadata.sessionId, metadata.turnId)}:user`,
    role: 'user',
    metadata,
    parts: [
      ...said(parsed, response),
      { type: 'data-answer', data: { interactionId, nodeId, response } },
    ],
  };
}

function said(prompt: Prompt | null, response: Json): ChatPart[] {
  if (!isObject(response)) return [text(JSON.stringify(response))];
  switch (prompt?.kind) {
    case 'waitForInput':
      if (isLlmContent(response['input'])) return partsOf(response['input']);
      return [text(prompt.payload.skipLabel ?? 'Skipped')];
    case 'waitForChoice':
      return [text(chosen(prompt, response))];
    case 'queryConsent':
      return [text(response['consent'] === true ? 'Yes' : 'No')];
    default:
      return fieldsOf(response, titlesOf(prompt));
  }
}

function chosen(prompt: Prompt & { kind: 'waitForChoice' }, response: object): string {
  const { choices, noneOfTheAboveLabel } = prompt.payload;
  const selected: unknown = 'selected' in response ? response.selected : null;
  const ids: unknown = isObject(selected) ? selected['ids'] : [];
  const texts = (Array.isArray(ids) ? ids : []).map((id: unknown) => {
    if (id === NONE_OF_THE_ABOVE) return noneOfTheAboveLabel ?? 'None of the above';
    const choice = choices.find((other) => other.id === id);
    return textOf(choice?.content) || String(id);
  });
  return texts.length === 0 ? (noneOfTheAboveLabel ?? 'None of the above') : texts.join(', ');
}

/** What the fields of a form are called, where they are called anything else than their names. */
function titlesOf(prompt: Prompt | null): Record<string, unknown> {
  const properties: unknown =
    prompt?.kind === 'inputNode' ? prompt.payload.schema?.['properties'] : null;
  return isObject(properties) ? properties : {};
}

function fieldsOf(response: Record<string, unknown>, schemas: Record<string, unknown>): ChatPart[] {
  const fields = Object.entries(response);
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && isLlmContent(only[1])) return partsOf(only[1]);
  const lines = fields.map(([name, value]) => {
    const schema = schemas[name];
    const title = isObject(schema) && typeof schema['title'] === 'string' ? schema['title'] : name;
    return `${title}: ${shown(value)}`;
  });
  return [text(lines.join('\n'))];
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return isLlmContent(value) ? textOf(value) : JSON.stringify(value);
}

function partsOf(content: LlmContent): ChatPart[] {
  return content.parts.flatMap((part): ChatPart[] => {
    if (part.text !== undefined) return part.text === '' ? [] : [text(part.text)];
    if (part.inlineData === undefined) return [text(JSON.stringify(part))];
    const { mimeType, data } = part.inlineData;
    return [{ type: 'file', mediaType: mimeType, url: `data:${mimeType};base64,${data}` }];
  });
}

function text(content: string): ChatPart {
  return { type: 'text', text: content };
}
