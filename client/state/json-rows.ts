import type { Json, JsonObject } from '../../shared/json.ts';

/** How many members of an object or an array are listed at first, and how many more each time. */
export const JSON_PAGE = 100;
/** At first those are open that have few members, down to this level. */
const OPEN_LEVELS = 2;
const FEW = 20;

/** A line of a JSON tree. */
export interface JsonRow {
  /** Unique within the tree: the member names that lead to the value. */
  readonly path: string;
  /** Counts from 1. */
  readonly level: number;
  /** The member's name or place; null for the whole. */
  readonly name: string | null;
  readonly value: Json;
  /** How many members it has; null for what has none by its kind. */
  readonly size: number | null;
  readonly isOpen: boolean;
  /** The row's place among its siblings, from 1, and how many those are. */
  readonly place: number;
  readonly siblings: number;
  /** So many further members are to be had here: the row stands for them. */
  readonly more?: number;
}

/** What a person has opened, closed and paged on to. */
export interface JsonTreeState {
  readonly toggled: ReadonlyMap<string, boolean>;
  readonly shown: ReadonlyMap<string, number>;
}

/** The lines of a tree that are to be seen, from the top. */
export function jsonRows(whole: Json, state: JsonTreeState): JsonRow[] {
  const rows: JsonRow[] = [];
  const visit = (
    value: Json,
    row: Pick<JsonRow, 'path' | 'level' | 'name' | 'place' | 'siblings'>,
  ): void => {
    const size = sizeOf(value);
    const { path, level } = row;
    const isOpen =
      size !== null &&
      size > 0 &&
      (state.toggled.get(path) ?? (level <= OPEN_LEVELS && size <= FEW));
    rows.push({ ...row, value, size, isOpen });
    if (!isOpen) return;
    const shown = Math.min(size, state.shown.get(path) ?? JSON_PAGE);
    const siblings = shown < size ? shown + 1 : shown;
    const below = (name: string) => ({
      path: `${path}/${encodeURIComponent(name)}`,
      level: level + 1,
    });
    let place = 0;
    for (const [name, member] of membersOf(value, shown)) {
      place += 1;
      visit(member, { ...below(name), name, place, siblings });
    }
    if (shown === size) return;
    rows.push({
      ...{ ...below(''), path: `${path}//more`, name: null, value: null, size: null },
      ...{ isOpen: false, place: siblings, siblings, more: size - shown },
    });
  };
  visit(whole, { path: '', level: 1, name: null, place: 1, siblings: 1 });
  return rows;
}

/** Some text of a value, at most so many characters of it; nothing beyond them is looked at. */
export function jsonPreview(value: Json, length: number): string {
  let text = '';
  const add = (piece: string): boolean => {
    text += piece;
    return text.length <= length;
  };
  const list = (open: string, close: string, members: Iterable<[string, Json]>): boolean => {
    let before = open;
    for (const [label, member] of members) {
      if (!add(`${before}${label}`) || !visit(member)) return false;
      before = ', ';
    }
    return add(before === open ? open + close : close);
  };
  const visit = (part: Json): boolean => {
    if (typeof part === 'string') return add(JSON.stringify(part.slice(0, length)));
    if (Array.isArray(part)) return list('[', ']', items(part));
    if (part === null || typeof part !== 'object') return add(String(part));
    return list('{', '}', members(part));
  };
  if (typeof value === 'string') text = value.slice(0, length + 1);
  else visit(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function* items(values: readonly Json[]): Generator<[string, Json]> {
  for (const value of values) yield ['', value];
}

function* members(value: JsonObject): Generator<[string, Json]> {
  for (const name in value) yield [`${name}: `, value[name] ?? null];
}

function sizeOf(value: Json): number | null {
  if (Array.isArray(value)) return value.length;
  return value !== null && typeof value === 'object' ? Object.keys(value).length : null;
}

function membersOf(value: Json, shown: number): [string, Json][] {
  if (Array.isArray(value)) {
    return value.slice(0, shown).map((member, place) => [String(place), member]);
  }
  return value !== null && typeof value === 'object' ? Object.entries(value).slice(0, shown) : [];
}
