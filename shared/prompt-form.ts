import type { Json, JsonObject } from './json.ts';
import {
  kindOf,
  NONE_OF_THE_ABOVE,
  parsePrompt,
  type ContentPart,
  type LlmContent,
  type SuspendEvent,
} from './prompt.ts';
import {
  objectOf,
  readJson,
  type DraftFile,
  type FieldValues,
  type Problems,
} from './field-value.ts';
import { fieldsOf, type Field } from './schema-form.ts';

/** How a prompt is shown and answered. */
export type PromptForm =
  | {
      readonly kind: 'fields';
      readonly fields: readonly Field[];
      /** What the answer has to be valid against; null for a form of content. */
      readonly schema: JsonObject | null;
    }
  | {
      readonly kind: 'question';
      readonly prompt: LlmContent;
      readonly accepts: 'text' | 'files' | 'both';
      /** Null: the question cannot be skipped. */
      readonly skipLabel: string | null;
    }
  | {
      readonly kind: 'choice';
      readonly prompt: LlmContent;
      readonly choices: readonly { readonly id: string; readonly content: LlmContent }[];
      readonly multiple: boolean;
      readonly layout: 'list' | 'row' | 'grid';
      /** Null: one of the choices has to be taken. */
      readonly noneLabel: string | null;
    }
  | {
      readonly kind: 'consent';
      readonly prompt: LlmContent | null;
      readonly consentType: string;
      readonly scope: Json | null;
      readonly graphUrl: string | null;
    }
  /** A kind or a schema that this panel has no form for: shown and answered as JSON. */
  | {
      readonly kind: 'json';
      readonly name: string;
      readonly payload: Json;
      /** What the answer has to be valid against; null when any value will do. */
      readonly schema: JsonObject | null;
    };

/** What a person has entered and not sent. */
export interface Draft {
  readonly values: FieldValues;
  /** Of a choice. */
  readonly ids: readonly string[];
  readonly files: readonly DraftFile[];
}

export const emptyDraft: Draft = { values: {}, ids: [], files: [] };

/** The name under which `Draft.values` keeps what a form with one text holds. */
export const TEXT = 'text';

export type Answer =
  | { readonly ok: true; readonly response: Json }
  /** By JSON Pointer into the answer; `''` is the form as a whole. */
  | { readonly ok: false; readonly problems: Problems };

export function formOf(suspendEvent: SuspendEvent | undefined): PromptForm {
  const prompt = parsePrompt(suspendEvent);
  switch (prompt?.kind) {
    case undefined:
      break;
    case 'inputNode': {
      const { schema = null } = prompt.payload;
      const fields = fieldsOf(schema ?? undefined);
      if (fields === null) return { kind: 'json', name: 'inputNode', payload: schema, schema };
      return { kind: 'fields', fields, schema };
    }
    case 'waitForInput': {
      const { prompt: content, inputType, skipLabel } = prompt.payload;
      return {
        kind: 'question',
        prompt: content,
        accepts: acceptedBy(inputType),
        skipLabel: skipLabel ?? null,
      };
    }
    case 'waitForChoice': {
      const {
        prompt: content,
        choices,
        selectionMode,
        layout,
        noneOfTheAboveLabel,
      } = prompt.payload;
      return {
        kind: 'choice',
        prompt: content,
        choices,
        multiple: selectionMode === 'multiple',
        layout: layout ?? 'list',
        noneLabel: noneOfTheAboveLabel ?? null,
      };
    }
    case 'queryConsent': {
      const { prompt: content, consentType, scope, graphUrl } = prompt.payload;
      return {
        kind: 'consent',
        prompt: content ?? null,
        consentType,
        scope: scope ?? null,
        graphUrl: graphUrl ?? null,
      };
    }
  }
  const name = kindOf(suspendEvent);
  return { kind: 'json', name, payload: suspendEvent?.[name] ?? null, schema: null };
}

/** The response that a draft makes, or what is wrong with it. A consent is not drafted. */
export function answerOf(form: PromptForm, draft: Draft): Answer {
  switch (form.kind) {
    case 'fields': {
      const read = objectOf(form.fields, draft.values);
      return read.ok ? { ok: true, response: read.value } : read;
    }
    case 'question': {
      const text = textOfDraft(draft);
      const parts: ContentPart[] = draft.files.map(({ mimeType, data }) => ({
        inlineData: { mimeType, data },
      }));
      if (text.trim() !== '') parts.unshift({ text });
      if (parts.length === 0) {
        return problem(form.accepts === 'files' ? 'Choose a file.' : 'Write an answer.');
      }
      return { ok: true, response: { input: { role: 'user', parts } as JsonObject } };
    }
    case 'choice': {
      if (draft.ids.length === 0) {
        return problem(form.multiple ? 'Choose at least one.' : 'Choose one.');
      }
      return { ok: true, response: { selected: { ids: [...draft.ids] } } };
    }
    case 'consent':
      return problem('Allow or deny.');
    case 'json': {
      const text = textOfDraft(draft);
      if (text.trim() === '') return problem('Write JSON.');
      const read = readJson(text);
      return 'value' in read ? { ok: true, response: read.value } : problem(read.problem);
    }
  }
}

/** What a form with one text holds. */
export function textOfDraft({ values }: Draft): string {
  const held = values[TEXT];
  return typeof held === 'string' ? held : '';
}

/** Whether nothing was entered that could be lost. */
export function isEmptyDraft({ values, ids, files }: Draft): boolean {
  return (
    ids.length === 0 && files.length === 0 && Object.values(values).every((held) => held === '')
  );
}

/** The ids chosen after `id` was turned on or off; none of the above stands alone. */
export function toggled(
  form: PromptForm & { kind: 'choice' },
  ids: readonly string[],
  id: string,
  on: boolean,
): string[] {
  if (!on) return ids.filter((other) => other !== id);
  if (!form.multiple || id === NONE_OF_THE_ABOVE) return [id];
  const chosen = new Set(ids).add(id);
  return form.choices.map((choice) => choice.id).filter((other) => chosen.has(other));
}

function problem(text: string): Answer {
  return { ok: false, problems: { '': text } };
}

function acceptedBy(inputType: string): 'text' | 'files' | 'both' {
  switch (inputType) {
    case 'file-upload':
    case 'upload':
      return 'files';
    case 'text':
    case 'edit_note':
      return 'text';
    default:
      return 'both';
  }
}
