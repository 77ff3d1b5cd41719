import { constants } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { methods, RequestError, type ClientApp } from '@agentclientprotocol/sdk';

/** A text file that an agent reads is no larger. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Serves the files of one folder to an agent, and none beside it, wherever a link may lead. */
export class AgentFiles {
  readonly #folder: string;

  /** `folder` has no links in it. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  serve(app: ClientApp): void {
    app
      .onRequest(methods.client.fs.readTextFile, async ({ params }) => ({
        content: await this.read(params.path, params.line ?? null, params.limit ?? null),
      }))
      .onRequest(methods.client.fs.writeTextFile, async ({ params }) => {
        await this.write(params.path, params.content);
        return {};
      });
  }

  /** `limit` lines from the line `line`, which counts from 1. */
  async read(path: string, line: number | null, limit: number | null): Promise<string> {
    const file = await open(await this.#inside(path), constants.O_RDONLY | NO_FOLLOW);
    try {
      const { size } = await file.stat();
      if (size > MOST_BYTES) throw refusal(`${path} has more than ${MOST_BYTES} bytes.`);
      const text = await file.readFile('utf8');
      if (line === null && limit === null) return text;
      const from = Math.max(0, (line ?? 1) - 1);
      return text
        .split('\n')
        .slice(from, limit === null ? undefined : from + limit)
        .join('\n');
    } finally {
      await file.close();
    }
  }

  async write(path: string, content: string): Promise<void> {
    const real = await this.#inside(path);
    await mkdir(dirname(real), { recursive: true });
    // Once more, now that every folder of it is there.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;
    const file = await open(await this.#inside(path), flags);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  }

  async #inside(path: string): Promise<string> {
    return insideOf(this.#folder, path);
  }
}

/** Windows has no such flag; links are rare there. */
const NO_FOLLOW = (constants as { O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

/**
 * The real place of a path that may not be there yet, all links resolved.
 * @throws RequestError when that is not in `folder`
 */
export async function insideOf(folder: string, path: string): Promise<string> {
  if (!isAbsolute(path)) throw refusal(`${path} is not absolute.`);
  const real = await realPlace(path);
  const way = relative(folder, real);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw refusal(`${path} is not in ${folder}.`);
  }
  return real;
}

async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const parent = dirname(path);
    if (!isMissing || parent === path) throw error;
    return join(await realPlace(parent), basename(path));
  }
}

function refusal(message: string): RequestError {
  return new RequestError(-32_602, message);
}
