import type { SessionEvent } from '../../shared/event.ts';

const REDACTED = '[redacted]';

/** What the wire's identity is made of: replacing in it would break the log. */
const structural = new Set(['type', 'sessionId', 'graphId', 'nodeId', 'op', 'interactionId']);

/** The access tokens that a session has seen since it was loaded. They live in memory only. */
export class Secrets {
  /** A token, and how it looks in a URL. */
  readonly #forms = new Set<string>();

  add(token: string): void {
    this.#forms.add(token);
    this.#forms.add(encodeURIComponent(token));
  }

  /** `text` without the tokens. */
  redact(text: string): string {
    let clean = text;
    for (const form of this.#forms) clean = clean.replaceAll(form, REDACTED);
    return clean;
  }

  /** `event` without the tokens: the event itself when there is none in it. */
  redactEvent(event: SessionEvent): SessionEvent {
    if (this.#forms.size === 0) return event;
    const seen = { token: false };
    const clean = (value: unknown): unknown => {
      if (typeof value === 'string') {
        const text = this.redact(value);
        seen.token ||= text !== value;
        return text;
      }
      if (Array.isArray(value)) return value.map(clean);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([k, v]) => [clean(k) as string, clean(v)]),
      );
    };
    const members = Object.entries(event).map(([key, value]): [string, unknown] => [
      key,
      structural.has(key) ? value : clean(value),
    ]);
    // The shape is the event's own; only texts in it have changed.
    return seen.token ? (Object.fromEntries(members) as unknown as SessionEvent) : event;
  }
}
