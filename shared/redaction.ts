import { isObject } from './json.ts';

/** Stands in the place of what was taken out. */
export const REDACTED = '[redacted]';

/** A path that leads to nothing that can be taken out; the message names it. */
export class UselessPath extends Error {
  override readonly name = 'UselessPath';
}

type Line = Record<string, unknown>;

/** Takes values out of the lines of an export. */
export interface Redaction {
  readonly paths: readonly string[];
  /** The line without what the paths lead to; the line itself when that is nothing. */
  header(line: Line): Line;
  event(line: Line): Line;
}

/**
 * What may be taken out of a value: all of it; the values of its members, which keep their names;
 * what is named; or the same of each item. The rest of a line is what makes it part of a log.
 */
type Content =
  | 'value'
  | 'members'
  | { readonly items: Content }
  | { readonly named: { readonly [name: string]: Content } };

const header: Content = {
  named: {
    title: 'value',
    inputs: 'members',
    graph: {
      named: {
        title: 'value',
        description: 'value',
        nodes: { items: { named: { configuration: 'members', metadata: 'members' } } },
        graphs: 'members',
        assets: 'members',
      },
    },
  },
};

const event: Content = {
  named: {
    graph: { named: { title: 'value', nodes: { items: { named: { title: 'value' } } } } },
    outputs: 'members',
    error: 'value',
    reason: 'value',
    result: 'value',
    event: 'members',
    text: 'value',
    value: 'value',
    suspendEvent: 'members',
    fallback: 'value',
    response: 'value',
  },
};

/** Any number of levels, also none. */
const DEEP = '**';
const ANY = '*';

type Path = readonly string[];

/**
 * Paths are JSON Pointers (RFC 6901) into a line, whichever it is, in which `*` stands for any one
 * segment and `**` for any number of them.
 * @throws UselessPath
 */
export function createRedaction(paths: readonly string[]): Redaction {
  const parsed = paths.map((text): Path => {
    const path = parse(text);
    if (reaches([path], header) || reaches([path], event)) return path;
    throw new UselessPath(`'${text}' leads to nothing that can be taken out`);
  });
  return {
    paths,
    header: (line) => without(line, parsed, header) as Line,
    event: (line) => without(line, parsed, event) as Line,
  };
}

function parse(text: string): Path {
  if (!/^(?:\/(?:[^~/]|~[01])+)+$/.test(text)) {
    throw new UselessPath(`'${text}' is no path such as /response/input or /**/password`);
  }
  return text
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether there can be a line in which one of the paths leads to content. */
function reaches(paths: readonly Path[], content: Content): boolean {
  if (paths.length === 0) return false;
  if (content === 'value' || content === 'members' || isReached(paths)) return true;
  if ('items' in content) return reaches(below(paths, null), content.items);
  return Object.entries(content.named).some(([name, inner]) => reaches(below(paths, name), inner));
}

/** `value` without what the paths lead to; itself when that is nothing. */
function without(value: unknown, paths: readonly Path[], content: Content): unknown {
  if (paths.length === 0) return value;
  if (content === 'value' && isReached(paths)) return REDACTED;
  const member = (child: unknown, name: string): unknown => {
    const inner = innerOf(content, name);
    return inner === null ? child : without(child, below(paths, name), inner);
  };
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, place) => member(item, String(place)));
    return items.every((item, place) => item === value[place]) ? value : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, child]): [string, unknown] => [
    name,
    member(child, name),
  ]);
  return members.every(([name, child]) => child === value[name])
    ? value
    : Object.fromEntries(members);
}

/** What may be taken out of a member; null for nothing. */
function innerOf(content: Content, name: string): Content | null {
  if (content === 'value' || content === 'members') return 'value';
  if ('items' in content) return content.items;
  return Object.hasOwn(content.named, name) ? (content.named[name] ?? null) : null;
}

/** Whether one of the paths has come to its end: all that is here is meant. */
function isReached(paths: readonly Path[]): boolean {
  return paths.some((path) => path.every((segment) => segment === DEEP));
}

/** What is left of the paths in the member `name`; null for whichever there is. */
function below(paths: readonly Path[], name: string | null): Path[] {
  return paths.flatMap((path): Path[] => {
    const [segment, ...rest] = path;
    if (segment === undefined) return [path];
    if (segment === DEEP) return [path, ...below([rest], name).filter(() => rest.length > 0)];
    return name === null || segment === ANY || segment === name ? [rest] : [];
  });
}
