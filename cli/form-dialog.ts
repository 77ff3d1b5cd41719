import {
  heldBy,
  newItem,
  objectOf,
  type Entered,
  type EnteredItem,
  type FieldValues,
  type Problems,
} from '../shared/field-value.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import type { Control, Field } from '../shared/schema-form.ts';
import { schemaProblems } from '../shared/schema-problems.ts';
import { askText, askYesNo, placesIn, type Dialog } from './dialog.ts';
import { printable } from './style.ts';

/** Asks a form field by field, and again for what does not fit, until it makes an answer. */
export async function askForm(
  dialog: Dialog,
  fields: readonly Field[],
  schema: JsonObject | null,
  refused: Problems = {},
): Promise<Json> {
  let values: FieldValues = {};
  let problems = refused;
  let asked = fields;
  for (;;) {
    const general = problems[''];
    if (general !== undefined) dialog.say(dialog.style.bad(general));
    for (const field of asked) {
      const problem = problemAt(problems, field.name);
      if (problem !== null) dialog.say(dialog.style.bad(`${labelOf(field)}: ${problem}`));
      values = await withField(dialog, field, values);
    }
    const read = objectOf(fields, values);
    problems = read.ok ? problemsOf(schema, read.value) : read.problems;
    if (read.ok && Object.keys(problems).length === 0) return read.value;
    const wrong = fields.filter(({ name }) => problemAt(problems, name) !== null);
    asked = wrong.length > 0 ? wrong : fields;
  }
}

/** What is wrong with an answer by its schema. */
export function problemsOf(schema: JsonObject | null, value: Json): Problems {
  const found = schema === null ? [] : schemaProblems(schema, value);
  return Object.fromEntries(found.map(({ pointer, message }) => [pointer, message]));
}

/** The first that is said of a field or of what is inside of it. */
function problemAt(problems: Problems, name: string): string | null {
  const key = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const found = Object.entries(problems).find(
    ([pointer]) => pointer === key || pointer.startsWith(`${key}/`),
  );
  return found?.[1] ?? null;
}

async function withField(dialog: Dialog, field: Field, values: FieldValues): Promise<FieldValues> {
  const entered = await askField(dialog, field, heldBy(field, values));
  return { ...values, [field.name]: entered };
}

const labelOf = (field: Field) => printable(field.label);

/** What is put in a field; an empty line leaves what it holds. */
async function askField(dialog: Dialog, field: Field, held: Entered): Promise<Entered> {
  const { control, description, hint, required } = field;
  const label = dialog.style.ask(labelOf(field));
  if (description !== null) dialog.say(dialog.style.dim(printable(description)));
  switch (control.kind) {
    case 'boolean':
      return askYesNo(dialog, label, held === true);
    case 'enum':
      return askOptions(
        dialog,
        field,
        control.options.map(({ label: text }) => text),
        held,
      );
    case 'several':
      return askOptions(
        dialog,
        field,
        control.options.map(({ label: text }) => text),
        held,
      );
    case 'object':
      if (!required && !(await askYesNo(dialog, `${label}: fill it in?`, false))) return held;
      return { values: await askObject(dialog, field, control.fields, held) };
    case 'array':
      return { items: await askItems(dialog, field, control.item, held) };
    case 'file':
      return askFile(dialog, label, required, held);
    default: {
      const notes = [hint, noteOf(control), required ? null : 'optional'].filter(
        (note) => note !== null,
      );
      const about =
        notes.length === 0 ? '' : dialog.style.dim(` (${notes.join(' ').replace(/\.$/, '')})`);
      const initial = typeof held === 'string' && held !== '' ? ` [${printable(held)}]` : '';
      const line = await askText(dialog, `${label}${about}${initial}: `);
      return line.trim() === '' ? held : line;
    }
  }
}

function noteOf(control: Control): string | null {
  if (control.kind === 'dateTime') return 'as 2026-05-01T14:30';
  return control.kind === 'text' && control.type === 'date' ? 'as 2026-05-01' : null;
}

async function askObject(
  dialog: Dialog,
  field: Field,
  fields: readonly Field[],
  held: Entered,
): Promise<FieldValues> {
  let values = typeof held === 'object' && 'values' in held ? held.values : {};
  dialog.say(dialog.style.bold(labelOf(field)));
  for (const member of fields) values = await withField(dialog, member, values);
  return values;
}

async function askItems(
  dialog: Dialog,
  field: Field,
  item: Field,
  held: Entered,
): Promise<EnteredItem[]> {
  const before = typeof held === 'object' && 'items' in held ? held.items : [];
  const label = labelOf(field);
  const items: EnteredItem[] = [];
  const isCompound = item.control.kind === 'object' || item.control.kind === 'array';
  dialog.say(
    dialog.style.dim(
      `${label}: one after the other${isCompound ? '' : ', an empty line ends it'}.`,
    ),
  );
  for (;;) {
    const next = newItem(item, items);
    const named = { ...item, label: `${label} ${items.length + 1}` };
    if (isCompound || item.control.kind === 'boolean') {
      if (!(await askYesNo(dialog, `Add ${named.label}?`, items.length < before.length)))
        return items;
    }
    const value = await askField(dialog, named, before[items.length]?.value ?? next.value);
    if (value === '') return items;
    items.push({ ...next, value });
  }
}

async function askOptions(
  dialog: Dialog,
  field: Field,
  labels: readonly string[],
  held: Entered,
): Promise<Entered> {
  const several = field.control.kind === 'several';
  labels.forEach((label, n) => dialog.say(`  ${n + 1}. ${printable(label)}`));
  const chosen = chosenIn(held);
  const initial =
    chosen.length === 0 ? '' : ` [${chosen.map((place) => Number(place) + 1).join(', ')}]`;
  const what = several ? 'numbers' : 'a number';
  const optional = field.required ? '' : ', optional';
  for (;;) {
    const line = await dialog.ask(
      `${dialog.style.ask(labelOf(field))} (${what}${optional})${initial}: `,
    );
    if (line.trim() === '') return held;
    const places = placesIn(line, labels);
    if (places !== null && (several || places.length === 1)) {
      return several ? { options: places.map(String) } : String(places[0]);
    }
    dialog.say(`Write ${what} from 1 to ${labels.length}.`);
  }
}

function chosenIn(held: Entered): readonly string[] {
  if (typeof held === 'string') return held === '' ? [] : [held];
  return typeof held === 'object' && 'options' in held ? held.options : [];
}

async function askFile(
  dialog: Dialog,
  label: string,
  required: boolean,
  held: Entered,
): Promise<Entered> {
  for (;;) {
    const path = await dialog.ask(`${label} (a file's path${required ? '' : ', optional'}): `);
    if (path.trim() === '') return held;
    try {
      return { file: await dialog.readFile(path.trim()) };
    } catch (error) {
      dialog.say(dialog.style.bad(error instanceof Error ? error.message : String(error)));
    }
  }
}
