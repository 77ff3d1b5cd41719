/**
 * Whether a URL's host is one of `entries`: `host` allows every port of it, `host:port` that one.
 * @throws Error when an entry is neither
 */
export function allowedHosts(entries: readonly string[]): (url: URL) => boolean {
  const allowed = entries.map(parseEntry);
  return (url) =>
    allowed.some(
      ({ hostname, port }) =>
        hostname === bare(url.hostname) && (port === null || port === portOf(url)),
    );
}

function parseEntry(entry: string) {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:/?#@\s]+)(?::(\d{1,5}))?$/.exec(entry.trim()) ?? [];
  const url = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`) : null;
  if (host === '' || url === null) {
    throw new Error(`'${entry}' is not a host, nor a host with a port.`);
  }
  return { hostname: bare(url.hostname), port: port ?? null };
}

/** A host name with a dot at its end is the same host. */
function bare(hostname: string): string {
  return hostname.replace(/\.$/, '');
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}
