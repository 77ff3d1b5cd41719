import { RequestError } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Json } from '../../../shared/json.ts';
import { runtime, type Runtime } from './agent-command.ts';

const pointer = z.object({ sessionId: z.string().min(1), runtime, cwd: z.string().min(1) });

/** Which session of an agent a node is on, and whose it is. */
export type Pointer = z.infer<typeof pointer>;

/** The name under which a node remembers its session with a runtime: each has its own. */
export function pointerName({ agent, command, host }: Runtime): string {
  return `upstream ${agent}@${host}: ${command}`;
}

/** What is remembered, if it is whole and was made by this very runtime; else null. */
export function pointerOf(remembered: Json | undefined, by: Runtime): Pointer | null {
  const { data } = pointer.safeParse(remembered);
  if (data === undefined) return null;
  const { agent, command, host } = data.runtime;
  return agent === by.agent && command === by.command && host === by.host ? data : null;
}

/** An agent's process ended while it was needed. */
export class AgentDied extends Error {
  override readonly name = 'AgentDied';
}

const AUTH_REQUIRED = -32_000;
const CANCELLED = -32_800;
const TOO_MANY_REQUESTS = 429;

/** A JSON-RPC error's code; null for what is none. */
export function codeOf(error: unknown): number | null {
  return error instanceof RequestError ? error.code : null;
}

/**
 * Whether a session that was being used when `error` came is of no more use. Those that a person can
 * do something about, or that pass, leave it alone; after any other, going on with it would most
 * likely fail the same way.
 */
export function isStale(error: unknown): boolean {
  if (!(error instanceof RequestError)) return true;
  if (error.code === AUTH_REQUIRED || error.code === CANCELLED) return false;
  return !isRateLimit(error);
}

/** There is no code for it that all agents use. */
function isRateLimit({ code, message, data }: RequestError): boolean {
  if (code === TOO_MANY_REQUESTS) return true;
  const said = `${message} ${JSON.stringify(data ?? null)}`;
  return /rate[\s_-]?limit|too many requests|overloaded|\b429\b/i.test(said);
}
