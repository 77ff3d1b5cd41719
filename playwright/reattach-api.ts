import {
  API_PREFIX,
  eventsResponse,
  listResponse,
  sessionPaths,
  SESSIONS_PATH,
  startResponse,
} from '../shared/api.ts';
import { sessionEvent, type SessionEvent } from '../shared/event.ts';
import type { GraphSource } from '../shared/graph.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import {
  sessionStatusReport,
  type SessionStatus,
  type SessionStatusReport,
  type SessionSummary,
} from '../shared/session.ts';

/** A response, its body parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** How long `waitFor` waits, in seconds. */
const WAIT_SECONDS = 20;

/**
 * The wire as a test uses it beside the browser: plain calls to one server. Unless told otherwise, a
 * call that is not answered with 200 rejects, with what it was answered.
 */
export class ReattachApi {
  readonly #origin: () => string;

  /** @param origin where the server is, without a slash at its end; asked for at each call */
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
    return answerOf(response);
  }

  /** Starts a run, of a graph that the server offers or of a descriptor; gives the session's id. */
  async start(graph: string | GraphSource, rest: JsonObject = {}): Promise<string> {
    const request = typeof graph === 'string' ? { graphId: graph } : { graph };
    const body = await this.#ok('POST', `${SESSIONS_PATH}/new`, { ...request, ...rest });
    return startResponse.parse(body).sessionId;
  }

  /**
   * Takes in a session that was exported: newline-delimited JSON. It goes on here unless `readOnly`.
   * Gives its id, which is the one it had.
   */
  async import(text: string, { readOnly = false } = {}): Promise<string> {
    const path = `${SESSIONS_PATH}/import?continue=${String(!readOnly)}`;
    const response = await fetch(`${this.#origin()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: text,
    });
    return startResponse.parse(ok(await answerOf(response), 'POST', path)).sessionId;
  }

  /** Answers a prompt, whatever comes of it; `response` as PROTOCOL.md has it for the prompt's kind. */
  resume(
    sessionId: string,
    interactionId: string,
    response: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = { interactionId, response };
    return this.call('POST', sessionPaths(sessionId).resume, body, headers);
  }

  /**
   * Answers the open prompt of a node, or the only one there is.
   * @throws Error when there is none, or more than one, or the answer is refused
   */
  async answer(sessionId: string, response: unknown, nodeId?: string): Promise<void> {
    const { openPrompts } = await this.status(sessionId);
    const [prompt, ...more] = openPrompts.filter(
      (open) => nodeId === undefined || open.nodeId === nodeId,
    );
    if (prompt === undefined || more.length > 0) {
      const nodes = openPrompts.map((open) => `'${open.nodeId}'`).join(', ') || 'none';
      throw new Error(
        `Session ${sessionId} has not one prompt to answer; nodes that ask: ${nodes}.`,
      );
    }
    const answer = await this.resume(sessionId, prompt.interactionId, response);
    ok(answer, 'POST', sessionPaths(sessionId).resume);
  }

  async cancel(sessionId: string): Promise<void> {
    await this.#ok('POST', sessionPaths(sessionId).cancel);
  }

  async delete(sessionId: string): Promise<void> {
    await this.#ok('DELETE', sessionPaths(sessionId).stream);
  }

  async status(sessionId: string): Promise<SessionStatusReport> {
    return sessionStatusReport.parse(await this.#ok('GET', sessionPaths(sessionId).status));
  }

  /**
   * Waits until the session has one of these statuses; the server holds its answer until then.
   * @throws Error when it ends with another, or has none of them in 20 seconds
   */
  async waitFor(sessionId: string, ...statuses: SessionStatus[]): Promise<SessionStatusReport> {
    const query = `waitFor=${statuses.join(',')}&timeout=${WAIT_SECONDS}`;
    const path = `${sessionPaths(sessionId).status}?${query}`;
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

  /** The newest sessions, of one graph or of all. */
  async list(graphId?: string): Promise<SessionSummary[]> {
    const query = graphId === undefined ? '' : `?graphId=${encodeURIComponent(graphId)}`;
    return listResponse.parse(await this.#ok('GET', `${SESSIONS_PATH}${query}`)).sessions;
  }

  async #ok(method: string, path: string, body?: unknown): Promise<Json> {
    return ok(await this.call(method, path, body), method, path);
  }
}

/** Whether an address is one of the wire's calls, and none of the panel's files. */
export function isCall(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.includes(`${API_PREFIX}/`);
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as Json) };
}

function ok({ status, body }: Answer, method: string, path: string): Json {
  if (status === 200) return body;
  throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
}
