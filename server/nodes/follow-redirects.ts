/** A request as it is sent, and sent again after a redirect. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What one origin was trusted with is not shown to another. */
const SECRET_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = ['content-type', 'content-length', 'content-encoding', 'content-language'];

/**
 * Sends a request and follows its redirects, at most five, by hand: `check` sees every URL before it
 * is reached and throws to refuse it.
 */
export async function followRedirects(
  request: HttpRequest,
  check: (url: URL) => void,
  signal: AbortSignal,
): Promise<{ response: Response; url: URL }> {
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    check(current.url);
    const response = await send(current, signal);
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) {
      return { response, url: current.url };
    }
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) {
      throw new Error(`${request.url.origin} redirected more than ${MAX_REDIRECTS} times`);
    }
    if (!URL.canParse(location, current.url.href)) {
      throw new Error(`${current.url.origin} redirected to what is no URL`);
    }
    current = redirected(current, response.status, new URL(location, current.url));
  }
}

async function send(request: HttpRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(request.url.href, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    // The platform says only "fetch failed"; the reason is in the cause.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message = reason instanceof Error ? reason.message : String(reason);
    throw new Error(`${request.method} ${request.url.origin} failed: ${message}`, { cause: error });
  }
}

function redirected(request: HttpRequest, status: number, url: URL): HttpRequest {
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) SECRET_HEADERS.forEach((name) => headers.delete(name));
  const toGet =
    (status === 303 && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST');
  if (!toGet) return { ...request, url, headers };
  BODY_HEADERS.forEach((name) => headers.delete(name));
  return { url, method: 'GET', headers, body: null };
}
