import { z } from 'zod';
import { json, type Json, type JsonObject } from '../../shared/json.ts';
import type { NodeContext, NodeHandler } from '../engine/handler.ts';
import { count, parseConfiguration } from './configuration.ts';
import type { HttpRequest } from './follow-redirects.ts';
import { exchange, urlGuard, withTimeout } from './http-exchange.ts';
import { renderJson, renderSlots } from './slots.ts';

/** What a graph says of such a node. */
export const fetchConfiguration = z.object({
  url: z.string('must be a string').min(1, 'must not be empty'),
  method: z
    .string('must be a string')
    .regex(/^[A-Za-z]+$/, 'must be an HTTP method')
    .transform((method) => method.toUpperCase())
    .default('GET'),
  headers: z
    .record(z.string(), z.string('must be a string'), 'must be an object of strings')
    .default({}),
  body: z.optional(json),
  /** For the whole exchange of one attempt. */
  timeoutMs: count
    .min(1, 'must be positive')
    .max(2 ** 31 - 1, 'must be less')
    .default(30_000),
  maxBytes: count.max(8 * 1024 * 1024, 'must be at most 8 MiB').default(1024 * 1024),
  retries: count.max(100, 'must be at most 100').default(0),
});

/**
 * Calls a URL, as a step. Outputs `output`, the body (parsed when it is JSON, else text), and
 * `status`. Fails for a host that is not allowed, at the start or by a redirect, for an answer that is
 * no success, and for a body that is larger than `maxBytes`.
 */
export function fetchNode(allowFetch: readonly string[]): NodeHandler {
  const check = urlGuard(allowFetch);
  return async (ctx: NodeContext) => {
    const settings = parseConfiguration(fetchConfiguration, ctx.configuration);
    const request = requestOf(settings, ctx.inputs);
    const work = (signal: AbortSignal) => exchange(request, check, settings.maxBytes, signal);
    return ctx.step('fetch', ({ signal }) => withTimeout(signal, settings.timeoutMs, work), {
      retries: settings.retries,
    });
  };
}

function requestOf(settings: z.infer<typeof fetchConfiguration>, inputs: JsonObject): HttpRequest {
  const rendered = renderSlots(settings.url, inputs, encodeForUrl);
  if (!URL.canParse(rendered)) throw new Error(`configuration.url is not a URL: ${rendered}`);
  const headers = new Headers();
  for (const [name, value] of Object.entries(settings.headers)) {
    try {
      headers.set(name, renderSlots(value, inputs));
    } catch (cause) {
      throw new Error(`configuration.headers.${name} is not a valid header`, { cause });
    }
  }
  const body = bodyOf(settings.body, inputs);
  if (body !== null && (settings.method === 'GET' || settings.method === 'HEAD')) {
    throw new Error(`configuration.body must be absent when the method is ${settings.method}`);
  }
  if (body !== null && !headers.has('content-type')) {
    const type =
      typeof settings.body === 'string' ? 'text/plain;charset=UTF-8' : 'application/json';
    headers.set('content-type', type);
  }
  return { url: new URL(rendered), method: settings.method, headers, body };
}

function bodyOf(body: Json | undefined, inputs: JsonObject): string | null {
  if (body === undefined) return null;
  if (typeof body === 'string') return renderSlots(body, inputs);
  return JSON.stringify(renderJson(body, inputs));
}

/** A URL has no way to write these two as ordinary names: they would change the path around them. */
function encodeForUrl(text: string, name: string): string {
  if (text === '.' || text === '..') {
    throw new Error(`configuration.url: the value of {{${name}}} is '${text}'`);
  }
  return encodeURIComponent(text);
}
