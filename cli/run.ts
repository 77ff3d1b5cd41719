import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { eventsResponse, sessionPaths, SESSIONS_PATH, startResponse } from '../shared/api.ts';
import { isObject, type Json, type JsonObject } from '../shared/json.ts';
import { isFinal, type SessionStatusReport } from '../shared/session.ts';
import { CliError } from './cli-error.ts';
import { statusOf } from './find-session.ts';
import { readInput } from './read-file.ts';
import { Unreachable, type ServerCalls } from './server-calls.ts';

/** An answer in advance, as it is written: `node=value`. @throws CliError when it is not */
export function parseInput(text: string): { nodeId: string; value: string } {
  const [, nodeId, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (nodeId !== undefined && value !== undefined) return { nodeId, value };
  throw new CliError(`'${text}' is no input: write node=value.`);
}

/**
 * The answers in advance. A value is JSON where it is JSON, else text; `@file` stands for what the
 * file holds, `@@` for an @.
 * @throws CliError naming a file that cannot be read, or a node that is given twice
 */
export async function readInputs(
  given: readonly { nodeId: string; value: string }[],
): Promise<JsonObject> {
  const inputs: Record<string, Json> = {};
  for (const { nodeId, value } of given) {
    if (Object.hasOwn(inputs, nodeId))
      throw new CliError(`The input of '${nodeId}' is given twice.`);
    const isFile = value.startsWith('@') && !value.startsWith('@@');
    const text = isFile
      ? (await readInput(value.slice(1))).toString('utf8')
      : value.replace(/^@@/, '@');
    inputs[nodeId] = jsonOrText(text);
  }
  return inputs;
}

export interface Start {
  readonly inputs: JsonObject;
  readonly headless: boolean;
  readonly title?: string;
}

/** Starts a run of a graph of the server; gives the session's id. @throws Refused */
export async function startRun(
  server: ServerCalls,
  graphId: string,
  { inputs, headless, title }: Start,
): Promise<string> {
  const body = {
    graphId,
    inputs,
    mode: headless ? 'headless' : 'interactive',
    ...(title === undefined ? {} : { title }),
  };
  const call = { method: 'POST', body, key: randomUUID() } as const;
  return (await server.json(startResponse, `${SESSIONS_PATH}/new`, call)).sessionId;
}

/** The server holds a status for at most an hour, and a proxy may be less patient. */
const HELD_SECONDS = 25;
const AGAIN_AFTER_MS = 1000;

/**
 * The status of a run that has ended, or of one that has not when time is up.
 * @param seconds how long to wait at most; null for as long as it takes
 * @param onSuspended is called each time that the run comes to wait for an answer
 */
export async function waitForEnd(
  server: ServerCalls,
  sessionId: string,
  seconds: number | null,
  onSuspended: () => void,
): Promise<SessionStatusReport> {
  const until = seconds === null ? Infinity : performance.now() + seconds * 1000;
  let wasSuspended: boolean = false;
  for (;;) {
    const left: number = Math.max(0, (until - performance.now()) / 1000);
    const statuses: string = `${wasSuspended ? 'running' : 'suspended'},completed`;
    const timeout = Math.min(left, HELD_SECONDS);
    const query = `?waitFor=${statuses}&timeout=${timeout}`;
    const status: SessionStatusReport | null = await statusOf(server, sessionId, query).catch(
      (error: unknown) => {
        // The run goes on when the server is back.
        if (error instanceof Unreachable && performance.now() < until) return null;
        throw error;
      },
    );
    if (status === null) {
      await wait(AGAIN_AFTER_MS);
      continue;
    }
    if (isFinal(status.status) || performance.now() >= until) return status;
    const isSuspended = status.status === 'suspended';
    if (isSuspended && !wasSuspended) onSuspended();
    wasSuspended = isSuspended;
  }
}

/** The outputs of a completed run, by node; empty for any other. */
export async function outputsOf(
  server: ServerCalls,
  { sessionId, status, lastIndex }: SessionStatusReport,
): Promise<JsonObject> {
  if (status !== 'completed') return {};
  const path = `${sessionPaths(sessionId).events}?after=${lastIndex - 1}`;
  const { events } = await server.json(eventsResponse, path);
  const [last] = events;
  const outputs = isObject(last) ? last['outputs'] : null;
  return isObject(outputs) ? outputs : {};
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Text, then.
    return text;
  }
}
