import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { pointerTo } from '../../../shared/json-pointer.ts';
import {
  heldBy,
  newItem,
  withValue,
  type Entered,
  type EnteredItem,
  type FieldValues,
  type Problems,
} from '../../../shared/field-value.ts';
import type { Control, Field } from '../../../shared/schema-form.ts';
import '../file-picker.ts';
import { controlView, severalView } from './field-control.ts';

/** What every field of a form needs, wherever it stands. */
interface Shared {
  /** By pointer into the answer, what is wrong. */
  readonly problems: Problems;
  readonly busy: boolean;
  /** How many characters of base64 an answer may have; null for not known. */
  readonly fileLimit: number | null;
}

/** The fields of an object. */
export interface MembersInput extends Shared {
  readonly fields: readonly Field[];
  readonly values: FieldValues;
  /** Of the object, into the answer. */
  readonly pointer: string;
  /** Begins the ids of all elements that belong to the object. */
  readonly place: string;
  /** `update` makes the new value of the member out of what the object holds by then. */
  readonly onChange: (
    name: string,
    update: (values: FieldValues) => Entered,
    pointer: string,
  ) => void;
}

/** One field, with what it holds. */
export interface FieldInput extends Shared {
  readonly field: Field;
  readonly label: string;
  readonly held: Entered;
  readonly pointer: string;
  readonly place: string;
  /** `update` makes what the field is to hold out of what it holds by then. */
  readonly onChange: (update: (held: Entered) => Entered, pointer: string) => void;
}

/** The fields of an object, one below the other. */
export function membersView(input: MembersInput): TemplateResult {
  const { fields, values, pointer, place, onChange, ...shared } = input;
  return html`${fields.map((field, n) =>
    fieldView({
      ...shared,
      field,
      label: field.label,
      held: heldBy(field, values),
      pointer: pointerTo(pointer, field.name),
      place: `${place}-${n}`,
      onChange: (update, changed) =>
        onChange(field.name, (latest) => update(heldBy(field, latest)), changed),
    }),
  )}`;
}

function fieldView(input: FieldInput): TemplateResult {
  const { field, label, held, pointer, place, problems, busy, fileLimit, onChange } = input;
  const { control } = field;
  switch (control.kind) {
    case 'object':
      return groupView(input, objectView(input, control));
    case 'array':
      return groupView(input, arrayView(input, control));
    case 'several':
      return groupView(input, severalView(input, control.options));
    case 'file':
      return html`<reattach-file-picker
        .input=${{
          label,
          description: [field.description, field.hint].filter(Boolean).join(' '),
          problem: problems[pointer] ?? null,
          required: field.required,
          multiple: false,
          accept: control.accept,
          files: typeof held === 'object' && 'file' in held ? [held.file] : [],
          limit: fileLimit,
          busy,
          onAdd: (files: readonly { name: string; mimeType: string; data: string }[]) => {
            const [file] = files;
            if (file !== undefined) onChange(() => ({ file }), pointer);
          },
          onRemove: () => onChange(() => '', pointer),
        }}
      ></reattach-file-picker>`;
    case 'boolean':
      return html`<div class="field">
        <div class="check">${controlView(input)}<label for=${place}>${label}</label></div>
        ${aboutView(input)}
      </div>`;
    default:
      return html`<div class="field">
        <label for=${place}>${label}${requiredView(field)}</label>
        ${controlView(input)} ${aboutView(input)}
      </div>`;
  }
}

function groupView(input: FieldInput, content: TemplateResult): TemplateResult {
  const { field, label, pointer, place, problems } = input;
  const wrong = problems[pointer] !== undefined;
  const described = `${place}-help${wrong ? ` ${place}-problem` : ''}`;
  return html`<fieldset class="group ${wrong ? 'wrong' : ''}" aria-describedby=${described}>
    <legend>${label}${requiredView(field)}</legend>
    ${aboutView(input)} ${content}
  </fieldset>`;
}

function objectView(input: FieldInput, { fields }: Control & { kind: 'object' }): TemplateResult {
  const { held, onChange } = input;
  return membersView({
    ...input,
    fields,
    values: valuesOf(held),
    onChange: (name, update, pointer) =>
      onChange((latest) => {
        const values = valuesOf(latest);
        return { values: withValue(values, name, update(values)) };
      }, pointer),
  });
}

function arrayView(input: FieldInput, { item }: Control & { kind: 'array' }): TemplateResult {
  const { label, held, pointer, place, busy, onChange, ...shared } = input;
  const items = itemsOf(held);
  const name = item.label === '' ? label : item.label;
  const change = (update: (items: readonly EnteredItem[]) => readonly EnteredItem[]): void => {
    if (!busy) onChange((latest) => ({ items: update(itemsOf(latest)) }), pointer);
  };
  const itemView = ({ key, value }: EnteredItem, n: number): TemplateResult => {
    const title = `${name} ${n + 1}`;
    const remove = (event: Event): void => {
      focusAfterRemoval(event);
      change((latest) => latest.filter((other) => other.key !== key));
    };
    return html`<li class="item">
      <div class="item-field">
        ${fieldView({
          ...shared,
          busy,
          field: item,
          label: title,
          held: value,
          pointer: pointerTo(pointer, n),
          place: `${place}-k${key}`,
          onChange: (update, changed) =>
            onChange(
              (latest) => ({
                items: itemsOf(latest).map((other) =>
                  other.key === key ? { key, value: update(other.value) } : other,
                ),
              }),
              changed,
            ),
        })}
      </div>
      <div class="item-buttons">
        <button
          type="button"
          class="quiet"
          aria-label="Move ${title} up"
          aria-disabled=${n === 0 ? 'true' : 'false'}
          @click=${() => change((latest) => moved(latest, key, -1))}
        >
          ↑
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="Move ${title} down"
          aria-disabled=${n === items.length - 1 ? 'true' : 'false'}
          @click=${() => change((latest) => moved(latest, key, 1))}
        >
          ↓
        </button>
        <button type="button" class="quiet remove" aria-label="Remove ${title}" @click=${remove}>
          ✕
        </button>
      </div>
    </li>`;
  };
  return html`${
      items.length === 0
        ? html`<p class="quiet-text">None yet.</p>`
        : html`<ol class="items">
            ${repeat(items, ({ key }) => key, itemView)}
          </ol>`
    }
    <div>
      <button
        type="button"
        class="add"
        aria-disabled=${busy ? 'true' : 'false'}
        @click=${() => change((latest) => [...latest, newItem(item, latest)])}
      >
        <span aria-hidden="true">+</span> Add to ${label}
      </button>
    </div>`;
}

/** What it is for, what it may be, and what is wrong with it. */
function aboutView({ field, pointer, place, problems }: FieldInput): TemplateResult {
  const { description, hint } = field;
  const problem = problems[pointer];
  return html`<div id="${place}-help" class="quiet-text help" dir="auto">
      ${description ?? nothing} ${hint === null ? nothing : html`<span>${hint}</span>`}
    </div>
    ${
      problem === undefined
        ? nothing
        : html`<p id="${place}-problem" class="problem" dir="auto">${problem}</p>`
    }`;
}

function requiredView({ required, control }: Field): TemplateResult | typeof nothing {
  const isAsked = required && control.kind !== 'array' && control.kind !== 'object';
  return isAsked ? html`<span class="required" aria-hidden="true">required</span>` : nothing;
}

/** The button goes with its item: the focus goes to the next item's, or to the one that adds. */
function focusAfterRemoval({ currentTarget }: Event): void {
  if (!(currentTarget instanceof Element)) return;
  const item = currentTarget.closest('li');
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
  const next =
    neighbour?.querySelector<HTMLElement>(':scope > .item-buttons > .remove') ??
    item?.closest('fieldset')?.querySelector<HTMLElement>(':scope > div > .add');
  next?.focus();
}

function moved(items: readonly EnteredItem[], key: string, by: number): readonly EnteredItem[] {
  const from = items.findIndex((item) => item.key === key);
  const item = items[from];
  if (item === undefined || from + by < 0 || from + by >= items.length) return items;
  return items.toSpliced(from, 1).toSpliced(from + by, 0, item);
}

function valuesOf(held: Entered): FieldValues {
  return typeof held === 'object' && 'values' in held ? held.values : {};
}

function itemsOf(held: Entered): readonly EnteredItem[] {
  return typeof held === 'object' && 'items' in held ? held.items : [];
}
