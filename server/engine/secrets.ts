import type { SessionEvent } from '../../shared/event.ts';
import { REDACTED } from '../../shared/redaction.ts';

/** What the log is held together by: replacing in it would break the log. */
const structural = new Set([
  'type',
  'sessionId',
  'graphId',
  'nodeId',
  'op',
  'interactionId',
  'mode',
]);

/** The same within the graph of a start, which is what was sent, by whoever sent the token too. */
const structuralInGraph = new Set(['id', 'type', 'edges']);

/** The same within a prompt. */
const structuralInPrompt = new Set(['role', 'inputType', 'selectionMode', 'layout']);

/**
 * A shorter token is no secret, and may well be a word of the wire or of the handler's code: it is
 * kept out of texts, and names stay as they are.
 */
const SHORTEST_IN_NAMES = 16;

/** The access tokens that a session has had since the server started. They live in memory only. */
export class Secrets {
  readonly #forms = new Set<string>();
  /** Matches any form of any token; null while there is none. */
  #pattern: RegExp | null = null;
  /** The same of those that are kept out of names as well. */
  #patternInNames: RegExp | null = null;
  #token: string | undefined;

  /** The token that handlers get. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Gives handlers `token` from now on, and keeps it out of the log. */
  use(token: string): void {
    this.add(token);
    this.#token = token;
  }

  /** Keeps `token` out of all that is cleaned from now on. */
  add(token: string): void {
    for (const form of formsOf(token)) this.#forms.add(form);
    // The longest first: one token may begin another.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = patternOf(forms);
    this.#patternInNames = patternOf(forms.filter((form) => form.length >= SHORTEST_IN_NAMES));
  }

  /** `text` without the tokens. */
  redact(text: string): string {
    return this.#pattern === null ? text : text.replace(this.#pattern, REDACTED);
  }

  /** `name`, of a member or an operation, without the tokens that are no words. */
  redactName(name: string): string {
    return this.#patternInNames === null ? name : name.replace(this.#patternInNames, REDACTED);
  }

  /** `event` without the tokens: the event itself when there is none in it. */
  redactEvent(event: SessionEvent): SessionEvent {
    if (this.#pattern === null) return event;
    const seen = { token: false };
    const noted = (before: string, after: string) => {
      seen.token ||= after !== before;
      return after;
    };
    const clean = (value: unknown, kept: ReadonlySet<string>): unknown => {
      if (typeof value === 'string') return noted(value, this.redact(value));
      if (Array.isArray(value)) return value.map((member) => clean(member, kept));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) =>
          kept.has(key) ? [key, member] : [noted(key, this.redactName(key)), clean(member, kept)],
        ),
      );
    };
    const kept = keptIn[event.type] ?? nothing;
    const members = Object.entries(event).map(([key, value]): [string, unknown] => [
      key,
      structural.has(key) ? value : clean(value, kept),
    ]);
    // The shape is the event's own; only texts in it have changed.
    return seen.token ? (Object.fromEntries(members) as unknown as SessionEvent) : event;
  }
}

const nothing: ReadonlySet<string> = new Set();

const keptIn: Partial<Record<SessionEvent['type'], ReadonlySet<string>>> = {
  graphStart: structuralInGraph,
  inputRequired: structuralInPrompt,
};

function patternOf(forms: readonly string[]): RegExp | null {
  return forms.length === 0 ? null : new RegExp(forms.map(escaped).join('|'), 'g');
}

/** How a token looks as it is, in a URL, in a form, and in JSON, also in JSON within JSON. */
function formsOf(token: string): string[] {
  // No URL can carry half a surrogate pair as such.
  const sendable = Buffer.from(token).toString();
  const inUrl = encodeURIComponent(sendable);
  const inForm = new URLSearchParams({ t: sendable }).toString().slice('t='.length);
  const inJson = JSON.stringify(token).slice(1, -1);
  const inInnerJson = JSON.stringify(inJson).slice(1, -1);
  const encoded = [inUrl, inForm].flatMap((form) => [form, lowerCaseEscapes(form)]);
  return [token, ...encoded, inJson, inInnerJson].filter((form) => form !== '');
}

function lowerCaseEscapes(encoded: string): string {
  return encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
