import type { Problems } from '../shared/field-value.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { NONE_OF_THE_ABOVE, textOf } from '../shared/prompt.ts';
import {
  answerOf,
  emptyDraft,
  TEXT,
  toggled,
  type Draft,
  type PromptForm,
} from '../shared/prompt-form.ts';
import { askText, askYesNo, placesIn, type Dialog } from './dialog.ts';
import { askForm, problemsOf } from './form-dialog.ts';
import { printable } from './style.ts';
import { textOfJson } from './text-of-json.ts';

/**
 * Puts a prompt to a person and gives the response that fits it.
 * @param title what the node that asks is called
 * @param refused what the server found wrong with the answer before, by JSON Pointer
 */
export async function askPrompt(
  dialog: Dialog,
  title: string,
  form: PromptForm,
  refused: Problems = {},
): Promise<Json> {
  const { style } = dialog;
  const problems = Object.values(refused);
  if (form.kind !== 'fields') for (const problem of problems) dialog.say(style.bad(problem));
  if (problems.length === 0) showPrompt(dialog, title, form);
  switch (form.kind) {
    case 'fields':
      return askForm(dialog, form.fields, form.schema, refused);
    case 'question':
      return askQuestion(dialog, form);
    case 'choice':
      return askChoice(dialog, form);
    case 'consent':
      return { consent: await askYesNo(dialog, style.ask('Allow it?'), null) };
    case 'json':
      return askJson(dialog, form.schema);
  }
}

function showPrompt({ say, style }: Dialog, title: string, form: PromptForm): void {
  say(style.bold(style.ask(`? ${title}`)));
  switch (form.kind) {
    case 'fields':
      return;
    case 'question':
      say(textOfJson(form.prompt));
      return;
    case 'choice':
      say(textOfJson(form.prompt));
      form.choices.forEach(({ content }, n) => say(`  ${n + 1}. ${indented(textOfJson(content))}`));
      if (form.noneLabel !== null)
        say(`  ${form.choices.length + 1}. ${printable(form.noneLabel)}`);
      return;
    case 'consent':
      if (form.prompt !== null) say(textOfJson(form.prompt));
      say(style.dim(printable(form.consentType)));
      if (form.scope !== null) say(style.dim(textOfJson(form.scope)));
      if (form.graphUrl !== null) say(style.dim(printable(form.graphUrl)));
      return;
    case 'json':
      say(`${printable(form.name)} ${textOfJson(form.payload)}`);
  }
}

async function askQuestion(dialog: Dialog, form: PromptForm & { kind: 'question' }): Promise<Json> {
  const { say, style } = dialog;
  const takesFiles = form.accepts !== 'text';
  const notes = [
    ...(takesFiles ? ['@path for a file'] : []),
    ...(form.skipLabel === null ? [] : [`an empty line: ${printable(form.skipLabel)}`]),
  ];
  const query = `${style.ask('Your answer')}${notes.length === 0 ? '' : style.dim(` (${notes.join('; ')})`)}: `;
  let draft: Draft = emptyDraft;
  for (;;) {
    const line = await askText(dialog, query);
    if (line.trim() === '' && draft.files.length === 0 && form.skipLabel !== null) {
      return { skipped: true };
    }
    if (takesFiles && line.startsWith('@')) {
      try {
        const file = await dialog.readFile(line.slice(1).trim());
        draft = { ...draft, files: [...draft.files, file] };
        say(style.dim(`${file.name} is attached.`));
        if (form.accepts === 'both') continue;
      } catch (error) {
        say(style.bad(error instanceof Error ? error.message : String(error)));
        continue;
      }
    } else {
      draft = { ...draft, values: { [TEXT]: form.accepts === 'files' ? '' : line } };
    }
    const answer = answerOf(form, draft);
    if (answer.ok) return answer.response;
    for (const problem of Object.values(answer.problems)) say(style.bad(problem));
  }
}

async function askChoice(dialog: Dialog, form: PromptForm & { kind: 'choice' }): Promise<Json> {
  const { say, ask, style } = dialog;
  const ids = form.choices.map(({ id }) => id);
  const labels = form.choices.map(({ content }) => textOf(content));
  if (form.noneLabel !== null) {
    ids.push(NONE_OF_THE_ABOVE);
    labels.push(form.noneLabel);
  }
  const what = form.multiple ? 'numbers, as 1,3' : 'a number';
  for (;;) {
    const line = await ask(`${style.ask('Your choice')} ${style.dim(`(${what})`)}: `);
    const places = placesIn(line, labels);
    if (places === null || (places.length > 1 && !form.multiple)) {
      say(`Write ${form.multiple ? 'numbers' : 'a number'} from 1 to ${labels.length}.`);
      continue;
    }
    const chosen = places.reduce<string[]>(
      (all, place) => toggled(form, all, ids[place] ?? '', true),
      [],
    );
    const answer = answerOf(form, { ...emptyDraft, ids: chosen });
    if (answer.ok) return answer.response;
    for (const problem of Object.values(answer.problems)) say(style.bad(problem));
  }
}

async function askJson(dialog: Dialog, schema: JsonObject | null): Promise<Json> {
  for (;;) {
    const text = await askText(
      dialog,
      `${dialog.style.ask('Your answer')} ${dialog.style.dim('(JSON)')}: `,
    );
    const form = { kind: 'json', name: '', payload: null, schema } as const;
    const answer = answerOf(form, { ...emptyDraft, values: { [TEXT]: text } });
    const problems = answer.ok ? problemsOf(schema, answer.response) : answer.problems;
    if (answer.ok && Object.keys(problems).length === 0) return answer.response;
    for (const [pointer, problem] of Object.entries(problems)) {
      dialog.say(dialog.style.bad(pointer === '' ? problem : `${pointer}: ${problem}`));
    }
  }
}

const indented = (text: string) => text.replaceAll('\n', '\n     ');
