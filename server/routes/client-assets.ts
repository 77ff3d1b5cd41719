import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { MiddlewareHandler } from 'hono';
import { etagMatches } from './etag.ts';

interface Asset {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly caching: string;
}

/** The built panel, by path of the address. */
export type ClientAssets = ReadonlyMap<string, Asset>;

const INDEX = '/index.html';

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
  const files = await listFiles(directory);
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, Asset]> => {
        const content = await readFile(join(directory, file));
        const path = `/${file.split(sep).join('/')}`;
        return [prefix + path, describe(path, new Uint8Array(content))];
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
    c.header('Cache-Control', asset.caching);
    c.header('ETag', asset.etag);
    if (etagMatches(c.req.header('If-None-Match'), asset.etag)) return c.body(null, 304);
    return c.body(asset.content, 200, { 'Content-Type': asset.type });
  };
}

function describe(path: string, content: Uint8Array<ArrayBuffer>): Asset {
  return {
    content,
    type: types[extname(path).toLowerCase()] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
    // The build puts a digest of the content into the names of what is under assets/.
    caching: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
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
