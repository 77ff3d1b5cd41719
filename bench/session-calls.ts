import { z } from 'zod';
import { sessionPaths, SESSIONS_PATH, startResponse } from '../shared/api.ts';
import type { GraphDescriptor } from '../shared/graph.ts';
import { sessionStatusReport } from '../shared/session.ts';
import { Connection } from './connection.ts';

/** A session with the prompt that it waits on. */
export interface WaitingSession {
  readonly sessionId: string;
  readonly interactionId: string;
}

const ANSWER = { input: { role: 'user', parts: [{ text: 'Go on.' }] } };

/** What `:resume` is sent to answer a prompt with a text. */
export function resumeBody(interactionId: string) {
  return { interactionId, response: ANSWER };
}

/** Runs a graph, and waits until it asks its first question. */
export async function startSession(port: number, graph: GraphDescriptor): Promise<WaitingSession> {
  const sessionId = await runGraph(port, graph);
  const statusPath = `${sessionPaths(sessionId).status}?waitFor=suspended`;
  const { openPrompts } = await call(port, statusPath, sessionStatusReport);
  const interactionId = openPrompts[0]?.interactionId;
  if (interactionId === undefined) throw new Error(`Session ${sessionId} asks nothing.`);
  return { sessionId, interactionId };
}

/** Runs a graph. */
export async function runGraph(port: number, graph: GraphDescriptor): Promise<string> {
  const { sessionId } = await call(port, `${SESSIONS_PATH}/new`, startResponse, { graph });
  return sessionId;
}

/** Answers the prompt that the session waits on. */
export async function answer(port: number, { sessionId, interactionId }: WaitingSession) {
  await call(port, sessionPaths(sessionId).resume, z.unknown(), resumeBody(interactionId));
}

async function call<T>(
  port: number,
  path: string,
  schema: z.core.$ZodType<T>,
  body?: unknown,
): Promise<T> {
  const connection = new Connection(port);
  try {
    const response = await connection.request(path, body);
    if (response.status !== 200) throw new Error(`${path} answered ${response.body}`);
    return z.parse(schema, JSON.parse(response.body));
  } finally {
    connection.close();
  }
}
