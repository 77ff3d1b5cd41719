import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { CliError } from './cli-error.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wav': 'audio/wav',
  '.webp': 'image/webp',
};

/** A file to answer with, in base64. @throws CliError when it cannot be read */
export async function readAnswerFile(
  path: string,
): Promise<{ name: string; mimeType: string; data: string }> {
  const bytes = await readInput(path);
  const mimeType = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  return { name: basename(path), mimeType, data: bytes.toString('base64') };
}

/** The bytes of a file. @throws CliError naming it */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError(`'${path}' cannot be read: ${whyOf(error)}.`, { cause: error });
  }
}

/** Why a file could not be read or written, for people. */
export function whyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' ? 'it is not there' : String(code ?? error);
}
