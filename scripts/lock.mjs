import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 500;
const HEARTBEAT_MS = 1000;
/** A holder that shows no sign of life for so many polls is gone. */
const SILENT_POLLS = 30;

/**
 * Runs `work` while no other process holds the lock `file`. A holder that was killed is noticed: at
 * once on the same machine, else by its heartbeat falling silent.
 *
 * @template T
 * @param {string} file
 * @param {{ onWait?: () => void }} options `onWait` is called once if another process holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait }, work) {
  await acquire(file, onWait);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A missed beat is made up by the next one.
    utimes(file, now, now).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {(() => void) | undefined} onWait
 */
async function acquire(file, onWait) {
  await mkdir(dirname(file), { recursive: true });
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, id: randomUUID() });
  let waiting = false;
  let seen = '';
  let silent = 0;
  for (;;) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'EPERM') throw error;
    }
    const sign = await signOf(file);
    if (sign === null) continue;
    silent = sign.beat === seen ? silent + 1 : 0;
    seen = sign.beat;
    if (silent >= SILENT_POLLS || isDead(sign.text)) {
      await breakLock(file, sign.text);
      continue;
    }
    if (!waiting) onWait?.();
    waiting = true;
    await wait(POLL_MS);
  }
}

/** @param {string} file */
async function signOf(file) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { text, beat: `${text}@${String(mtimeMs)}` };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Whether the process that wrote `text` certainly runs no more.
 *
 * @param {string} text
 */
function isDead(text) {
  /** @type {unknown} */
  let holder;
  try {
    holder = JSON.parse(text);
  } catch {
    // Not written to its end yet, or never: only its silence tells.
    return false;
  }
  if (typeof holder !== 'object' || holder === null) return false;
  if (!('host' in holder && 'pid' in holder)) return false;
  if (holder.host !== hostname() || typeof holder.pid !== 'number') return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/**
 * Takes the dead holder's lock away by a rename, which only one of several waiters can do. A lock
 * that somebody else took in the meantime is put back.
 *
 * @param {string} file
 * @param {string} dead
 */
async function breakLock(file, dead) {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) === dead) await rm(aside, { force: true });
  else await rename(aside, file);
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
