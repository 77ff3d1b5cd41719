import {
  eventsResponse,
  listResponse,
  sessionPaths,
  SESSIONS_PATH,
  startResponse,
} from '../shared/api.ts';
import { sessionEvent, type SessionEvent } from '../shared/event.ts';
import type { GraphDescriptor } from '../shared/graph.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { sessionStatusReport } from '../shared/session.ts';

/** A response, its body parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** The wire as a test uses it beside the browser: plain calls to one server. */
export class Api {
  readonly #origin: () => string;

  constructor(origin: () => string) {
    this.#origin = origin;
  }

  /** Any call, whatever its outcome. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#origin()}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as Json) };
  }

  /** The methods that a path takes. */
  async options(path: string): Promise<{ status: number; allow: string[] }> {
    const response = await fetch(`${this.#origin()}${path}`, { method: 'OPTIONS' });
    return { status: response.status, allow: (response.headers.get('allow') ?? '').split(', ') };
  }

  /** Starts a run, of a graph that the server offers or of a descriptor; gives the session's id. */
  async start(graph: string | GraphDescriptor, rest: JsonObject = {}): Promise<string> {
    const request = typeof graph === 'string' ? { graphId: graph } : { graph };
    const body = await this.#ok('POST', `${SESSIONS_PATH}/new`, { ...request, ...rest });
    return startResponse.parse(body).sessionId;
  }

  /** Answers a prompt. */
  async resume(
    sessionId: string,
    interactionId: string,
    response: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = { interactionId, response };
    return this.call('POST', sessionPaths(sessionId).resume, body, headers);
  }

  async status(sessionId: string) {
    return sessionStatusReport.parse(await this.#ok('GET', sessionPaths(sessionId).status));
  }

  /** Waits until the session has one of these statuses. */
  async waitFor(sessionId: string, ...statuses: string[]) {
    const path = `${sessionPaths(sessionId).status}?waitFor=${statuses.join(',')}&timeout=20`;
    const report = sessionStatusReport.parse(await this.#ok('GET', path));
    if (!statuses.includes(report.status)) {
      throw new Error(`Session ${sessionId} is ${report.status}, not ${statuses.join(' or ')}.`);
    }
    return report;
  }

  /** The whole log so far. */
  async events(sessionId: string): Promise<SessionEvent[]> {
    const events: SessionEvent[] = [];
    for (;;) {
      const after = events.at(-1)?.index ?? -1;
      const path = `${sessionPaths(sessionId).events}?after=${after}`;
      const page = eventsResponse.parse(await this.#ok('GET', path));
      events.push(...page.events.map((event) => sessionEvent.parse(event)));
      if (page.events.length === 0 || events.at(-1)?.index === page.lastIndex) return events;
    }
  }

  async list(graphId: string) {
    const path = `${SESSIONS_PATH}?graphId=${encodeURIComponent(graphId)}`;
    return listResponse.parse(await this.#ok('GET', path)).sessions;
  }

  async #ok(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.call(method, path, body);
    if (answer.status !== 200) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }
}
