import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { MiddlewareHandler } from 'hono';
import { etagMatches } from './etag.ts';

/** A file as it is sent, and how it names itself. */
interface Form {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

interface Asset {
  readonly plain: Form;
  /** Null where the build has made none. */
  readonly gzipped: Form | null;
  readonly type: string;
  readonly caching: string;
}

/** The built panel, by path of the address. */
export type ClientAssets = ReadonlyMap<string, Asset>;

const INDEX = '/index.html';
/** The build puts beside a file what gzip makes of it. */
const GZIPPED = '.gz';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * Reads the built panel into memory, to be served below `prefix`: what is served is what was there at
 * the start, and no path of a request is ever made into a path of the disk. Empty when it has not been
 * built.
 */
export async function loadClientAssets(directory: string, prefix = ''): Promise<ClientAssets> {
  const files = new Set(await listFiles(directory));
  const read = async (file: string) =>
    formOf(new Uint8Array(await readFile(join(directory, file))));
  const named = [...files].filter((file) => !file.endsWith(GZIPPED));
  return new Map(
    await Promise.all(
      named.map(async (file): Promise<[string, Asset]> => {
        const path = `/${file.split(sep).join('/')}`;
        const gzipped = files.has(file + GZIPPED) ? await read(file + GZIPPED) : null;
        return [prefix + path, describe(path, await read(file), gzipped)];
      }),
    ),
  );
}

/** Serves the panel, whose index is the page of `/`. What it does not have is for the next handler. */
export function clientAssets(assets: ClientAssets): MiddlewareHandler {
  return async (c, next) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const asset = isRead ? assets.get(c.req.path === '/' ? INDEX : c.req.path) : undefined;
    if (asset === undefined) {
      await next();
      return;
    }
    const gzipped = takesGzip(c.req.header('Accept-Encoding')) ? asset.gzipped : null;
    const { content, etag } = gzipped ?? asset.plain;
    c.header('Cache-Control', asset.caching);
    c.header('ETag', etag);
    if (asset.gzipped !== null) c.header('Vary', 'Accept-Encoding', { append: true });
    if (etagMatches(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
    if (gzipped !== null) c.header('Content-Encoding', 'gzip');
    return c.body(content, 200, { 'Content-Type': asset.type });
  };
}

function describe(path: string, plain: Form, gzipped: Form | null): Asset {
  return {
    plain,
    gzipped,
    type: types[extname(path).toLowerCase()] ?? 'application/octet-stream',
    // The build puts a digest of the content into the names of what is under assets/.
    caching: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

function formOf(content: Uint8Array<ArrayBuffer>): Form {
  const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { content, etag: `"${digest}"` };
}

/** Whether an `Accept-Encoding` header takes gzip, as RFC 9110, 12.5.3 has it. */
function takesGzip(header = ''): boolean {
  const codings = header.split(',').map((coding) =>
    coding
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const found = codings.find(([name]) => name === 'gzip') ?? codings.find(([name]) => name === '*');
  return found !== undefined && !/^q=0(?:\.0*)?$/.test(found[1] ?? '');
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
