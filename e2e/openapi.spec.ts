import { Validator, type Schema } from '@cfworker/json-schema';
import { SESSIONS_PATH } from '../shared/api.ts';
import type { Json } from '../shared/json.ts';
import { expect, test } from './fixtures.ts';
import { graphOf } from './graph-of.ts';

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Json;
}

test('the OpenAPI document says what the server does', async ({ api, server }) => {
  const { body } = await api.call('GET', '/openapi.json');
  const document = body as unknown as OpenApi;
  expect(document.openapi).toMatch(/^3\.1\./);
  const { paths, components } = document;
  const called = new Set<string>();

  /** Why `value` is not what the document says. */
  const misfit = (schema: Schema | undefined, value: unknown) => {
    if (schema === undefined) return 'there is no schema';
    // References begin at the document's root.
    const validator = new Validator({ ...schema, components }, '2020-12', false);
    return validator
      .validate(value)
      .errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)
      .join(' ');
  };

  const call = async (
    method: string,
    path: string,
    parameters: Record<string, string> = {},
    sent?: unknown,
  ) => {
    const operation = paths[path]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${path} is not in the document.`);
    called.add(`${method} ${path}`);
    const filled = path.replace(/\{(\w+)\}/, (_, name: string) => parameters[name] ?? name);
    const query = parameters['?'] === undefined ? '' : `?${parameters['?']}`;
    const answer = await api.call(method, filled + query, sent);
    const where = `${method} ${filled}${query}: ${answer.status}`;
    expect.soft(Object.keys(operation.responses), where).toContain(String(answer.status));
    const json = 'application/json';
    if (answer.status === 200 && sent !== undefined) {
      expect.soft(misfit(operation.requestBody?.content[json]?.schema, sent), where).toBe('');
    }
    const response = operation.responses[String(answer.status)];
    expect.soft(misfit(response?.content?.[json]?.schema, answer.body), where).toBe('');
    return answer;
  };

  const graph = graphOf('Question', { ask: ['ask', { prompt: 'Well?' }] });
  const start = await call('POST', `${SESSIONS_PATH}/new`, {}, { graph, title: 'One' });
  const { sessionId } = start.body as { sessionId: string };
  await api.waitFor(sessionId, 'suspended');
  const session = `${SESSIONS_PATH}/{sessionId}`;
  const status = await call('GET', `${session}/status`, { sessionId });
  const { openPrompts } = status.body as { openPrompts: { interactionId: string }[] };
  const interactionId = openPrompts[0]?.interactionId;
  await call('GET', SESSIONS_PATH, { '?': 'limit=1' });
  await call('GET', SESSIONS_PATH, { '?': 'limit=x' });
  await call('GET', `${session}/events`, { sessionId });
  await call('GET', `${session}/events`, { sessionId, '?': 'after=x' });
  await call('PATCH', session, { sessionId }, { title: 'Two' });
  await call('POST', `${session}:resume`, { sessionId }, { interactionId, response: 'no' });
  const response = { input: { role: 'user', parts: [{ text: 'Fine' }] } };
  await call('POST', `${session}:resume`, { sessionId }, { interactionId, response });
  await api.waitFor(sessionId, 'completed');
  await call('POST', `${session}:resume`, { sessionId }, { interactionId, response });
  await call('POST', `${session}:cancel`, { sessionId });
  await call('GET', '/v1beta1/graphs');
  await call('GET', '/v1beta1/graphs/{graphId}', { graphId: 'trip-planner' });
  await call('GET', '/v1beta1/graphs/{graphId}', { graphId: 'none' });
  await call('GET', '/healthz');
  await call('GET', '/openapi.json');
  await call('GET', '/v1beta1/watch');
  await call('GET', `${session}/messages`, { sessionId });
  await call('GET', `${session}/ui-stream`, { sessionId, '?': 'after=x' });
  await call('POST', `${session}/events`, { sessionId }, { events: [] });
  await call('POST', `${session}:continue`, { sessionId });
  await call('POST', `${SESSIONS_PATH}/import`, {}, {});
  await call('DELETE', session, { sessionId });
  await call('GET', `${session}/export`, { sessionId });
  await call('GET', session, { sessionId });
  await call('POST', `${SESSIONS_PATH}/new`, {}, {});

  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(all.sort()).toEqual([...called].sort());
  // What a path takes is what the document has for it.
  for (const [path, operations] of Object.entries(paths)) {
    const filled = path.replace(/\{\w+\}/, 'x');
    const { status, headers } = await fetch(server.url(filled), { method: 'OPTIONS' });
    const allow = (headers.get('allow') ?? '').split(', ');
    const methods = Object.keys(operations).map((method) => method.toUpperCase());
    expect(status).toBe(204);
    const taken = allow.filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
    expect(taken.sort(), filled).toEqual(methods.sort());
  }
});
