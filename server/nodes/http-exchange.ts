import type { Json } from '../../shared/json.ts';
import { allowedHosts } from './allowed-hosts.ts';
import { followRedirects, type HttpRequest } from './follow-redirects.ts';
import { readBody } from './read-body.ts';

/**
 * Throws for a URL that must not be reached: of another scheme, with credentials in it, or of a host
 * that `allowFetch` does not name.
 */
export function urlGuard(allowFetch: readonly string[]): (url: URL) => void {
  const isAllowed = allowedHosts(allowFetch);
  return (url) => {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new Error(`fetch reaches http and https only, not ${url.protocol}//`);
    }
    if (url.username !== '' || url.password !== '') {
      throw new Error('A URL with a user name or a password in it is refused; use a header.');
    }
    if (!isAllowed(url)) {
      throw new Error(
        `fetch may not reach ${url.host}: start the server with --allow-fetch ${url.host}`,
      );
    }
  };
}

/**
 * Sends a request and reads its answer: parsed when it is JSON, else as text.
 * @throws Error for an answer that is no success, or larger than `maxBytes`, and what `check` throws
 */
export async function exchange(
  request: HttpRequest,
  check: (url: URL) => void,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ output: Json; status: number }> {
  const { response, url } = await followRedirects(request, check, signal);
  const asked = `${request.method} ${url.origin}${url.pathname}`;
  const body = await readBody(response, maxBytes);
  if (!response.ok) {
    const excerpt = body.text.trim().slice(0, 300);
    throw new Error(`${asked} answered ${response.status}${excerpt === '' ? '' : `: ${excerpt}`}`);
  }
  if (!body.truncated) return { output: valueOf(body, asked), status: response.status };
  throw new Error(`${asked} answered with more than ${maxBytes} bytes`);
}

function valueOf({ text, isJson }: { text: string; isJson: boolean }, asked: string): Json {
  if (!isJson) return text;
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new Error(`${asked} answered with JSON that does not parse`, { cause });
  }
}

/** Aborts `work` after `ms`, and whenever `outer` does. */
export async function withTimeout<T>(
  outer: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const stop = () => controller.abort(outer.reason);
  outer.addEventListener('abort', stop, { once: true });
  const timeout = new Error(`fetch timed out after ${ms} ms`);
  const timer = setTimeout(() => controller.abort(timeout), ms);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.reason === timeout ? timeout : error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
  }
}
