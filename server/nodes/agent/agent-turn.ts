import type {
  ContentBlock,
  CreateElicitationRequest,
  CreateElicitationResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import { isObject, type JsonObject } from '../../../shared/json.ts';
import { textOf, type LlmContent } from '../../../shared/prompt.ts';
import type { StepContext } from '../../engine/handler.ts';
import { runtimeOf, type AgentCommand, type Runtime } from './agent-command.ts';
import type { AgentConnection } from './agent-connection.ts';
import type { AgentPool, Place } from './agent-pool.ts';
import { TurnUpdates } from './agent-updates.ts';
import { PartStream } from './part-stream.ts';
import { codeOf, isStale, pointerName, pointerOf, type Pointer } from './upstream.ts';

/** A message, and what became of it. */
export interface Exchange {
  readonly message: LlmContent;
  /** Null when the turn failed. */
  readonly outcome: TurnOutcome | null;
  /** Why it failed; null when it did not. */
  readonly error: string | null;
}

/** What a turn came to; it is the result of its step. */
export interface TurnOutcome {
  /** The agent's answer. */
  output: string;
  stopReason: string;
  /** The titles of the tools that it used. */
  tools: string[];
  /** Which session of which runtime it was. */
  upstream: { sessionId: string; runtime: Runtime };
}

/** A message on its way to an agent. */
export interface Turn {
  readonly pool: AgentPool;
  readonly agent: AgentCommand;
  readonly place: Place;
  readonly message: LlmContent;
  /** The conversation before it, from the log. */
  readonly history: readonly Exchange[];
}

/**
 * One turn of an agent: its session is continued where it can be, the message is sent, and what the
 * agent does is told by the step. A session that proves to be of no more use is forgotten together
 * with the error that says so.
 */
export async function takeTurn(step: StepContext, turn: Turn): Promise<TurnOutcome> {
  const { pool, agent, place } = turn;
  const runtime = runtimeOf(agent);
  return pool.use(place, agent, step.signal, async (connection) => {
    const session = await enter(step, turn, connection, runtime);
    const stream = new PartStream((event) => step.emit(event));
    const updates = new TurnUpdates(stream);
    const prompt = promptOf(turn, connection, session, step.attempt);
    try {
      const stopReason = await connection.prompt(prompt, {
        update: (update) => updates.add(update),
        permission: (request) => askPermission(step, updates, stream, request),
        elicitation: (request) => askForm(step, stream, request),
      });
      if (stopReason !== 'end_turn') stream.add('stop', 'stop', { reason: stopReason });
      await stream.flush();
      const { output, tools } = updates;
      const { sessionId } = session.pointer;
      return { output, stopReason, tools, upstream: { sessionId, runtime } };
    } catch (error) {
      await stream.flush().catch(() => undefined);
      await clearIfStale(step, turn, session.pointer, error);
      throw error;
    }
  });
}

/** Brings the agent onto the node's session with this runtime, or onto a fresh one. */
async function enter(
  step: StepContext,
  turn: Turn,
  connection: AgentConnection,
  runtime: Runtime,
): Promise<{ pointer: Pointer; isFresh: boolean }> {
  const { cwd } = turn.place;
  const pointer = pointerOf(step.recall(pointerName(runtime)), runtime);
  const tell = (how: string, sessionId: string, reason: string | null) =>
    step.emit({
      upstream: {
        ...{ id: 'upstream', how, at: now(), sessionId, ...runtime, cwd },
        ...(connection.version === null ? {} : { version: connection.version }),
        ...(reason === null ? {} : { reason }),
      },
    });
  if (pointer !== null) {
    if (pointer.sessionId === connection.sessionId) return { pointer, isFresh: false };
    const { continuation } = connection;
    if (continuation !== null) {
      try {
        await connection.continueSession(pointer.sessionId, continuation);
      } catch (error) {
        await clearIfStale(step, turn, pointer, error);
        throw error;
      }
      await tell('continued', pointer.sessionId, null);
      return { pointer, isFresh: false };
    }
  }
  const sessionId = await connection.newSession();
  const fresh: Pointer = { sessionId, runtime, cwd };
  // Known before the agent is told anything: whatever ends the server then, the session is found.
  await step.remember(pointerName(runtime), fresh);
  await tell('fresh', sessionId, reasonFor(turn.history, runtime, pointer !== null));
  return { pointer: fresh, isFresh: true };
}

function reasonFor(
  history: readonly Exchange[],
  { agent, command, host }: Runtime,
  cannotContinue: boolean,
): string {
  if (cannotContinue) return 'the agent cannot continue a session';
  const last = history.at(-1);
  if (last === undefined) return 'this is the first message';
  if (last.outcome === null) return `the turn before failed: ${firstLine(last.error ?? '')}`;
  const before = last.outcome.upstream.runtime;
  if (before.agent !== agent || before.command !== command || before.host !== host) {
    return `the runtime was another before: ${before.agent} (${before.command} on ${before.host})`;
  }
  return 'there is no session to continue';
}

async function clearIfStale(
  step: StepContext,
  { pool, place }: Turn,
  pointer: Pointer,
  error: unknown,
): Promise<void> {
  // What a turn that was cut off runs into says nothing about its session.
  if (step.signal.aborted || !isStale(error)) return;
  const reason = error instanceof Error ? error.message : String(error);
  step.forget(pointerName(pointer.runtime));
  const { sessionId, runtime } = pointer;
  await step.emit({
    upstream: {
      ...{ id: 'upstream', how: 'cleared', at: now(), sessionId, ...runtime },
      reason: firstLine(reason),
    },
  });
  await pool.discard(place, pointer, { code: codeOf(error), reason: firstLine(reason) });
}

async function askPermission(
  step: StepContext,
  updates: TurnUpdates,
  stream: PartStream,
  { toolCall, options }: RequestPermissionRequest,
): Promise<RequestPermissionResponse> {
  const { toolCallId } = toolCall;
  if (toolCall.title ?? toolCall.content ?? toolCall.rawInput) updates.toolUpdate(toolCall);
  await stream.flush();
  const title = updates.titleOf(toolCallId) ?? 'use a tool';
  try {
    const [optionId] = await step.choose({
      prompt: `The agent asks for permission: ${title}`,
      choices: options.map(({ optionId: id, name: content }) => ({ id, content })),
      requestId: toolCallId,
    });
    return {
      outcome:
        optionId === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId },
    };
  } catch (error) {
    if (!step.signal.aborted) throw error;
    return { outcome: { outcome: 'cancelled' } };
  }
}

async function askForm(
  step: StepContext,
  stream: PartStream,
  request: CreateElicitationRequest,
): Promise<CreateElicitationResponse> {
  const { requestedSchema } = request as { requestedSchema?: unknown };
  if (request.mode !== 'form' || !isObject(requestedSchema)) return { action: 'decline' };
  await stream.flush();
  const schema = JSON.parse(JSON.stringify(requestedSchema)) as JsonObject;
  try {
    const content = await step.form({
      schema: { type: 'object', ...schema, description: request.message },
    });
    return { action: 'accept', content: content as Record<string, string> };
  } catch (error) {
    if (!step.signal.aborted) throw error;
    return { action: 'cancel' };
  }
}

/** The message as the agent takes it, after what it has to know first. */
function promptOf(
  { history, message }: Turn,
  connection: AgentConnection,
  { pointer, isFresh }: { pointer: Pointer; isFresh: boolean },
  attempt: number,
): ContentBlock[] {
  const missed = missedBy(history, pointer);
  const isBehind = isFresh ? missed.length > 0 : missed.some(({ outcome }) => outcome !== null);
  const before = isBehind ? conversationOf(missed) : !isFresh && attempt > 1 ? INTERRUPTED : null;
  return [
    ...(before === null ? [] : [{ type: 'text' as const, text: before }]),
    ...message.parts.map((part): ContentBlock => {
      if (part.inlineData === undefined) {
        return { type: 'text', text: part.text ?? JSON.stringify(part) };
      }
      const { mimeType, data } = part.inlineData;
      if (mimeType.startsWith('image/') && connection.takes('image')) {
        return { type: 'image', mimeType, data };
      }
      if (mimeType.startsWith('audio/') && connection.takes('audio')) {
        return { type: 'audio', mimeType, data };
      }
      if (mimeType.startsWith('text/')) {
        return { type: 'text', text: Buffer.from(data, 'base64').toString('utf8') };
      }
      if (connection.takes('embeddedContext')) {
        return { type: 'resource', resource: { uri: 'attachment:', mimeType, blob: data } };
      }
      return { type: 'text', text: `(A file of type ${mimeType}, which you cannot take.)` };
    }),
  ];
}

const INTERRUPTED =
  'You were interrupted while you worked on the following message. Look at what is done already, and carry on.';

/** Of a longer conversation, the end. */
const MOST_PRIMED = 100_000;

/** What was said since a session was last used: all of it, for one that never was. */
function missedBy(history: readonly Exchange[], { sessionId }: Pointer): readonly Exchange[] {
  const last = history.findLastIndex(({ outcome }) => outcome?.upstream.sessionId === sessionId);
  return history.slice(last + 1);
}

function conversationOf(history: readonly Exchange[]): string {
  const said = history
    .map(({ message, outcome, error }) => {
      const asked = `User: ${textOf(message)}`;
      if (outcome === null) return `${asked}\n\n(No answer: ${firstLine(error ?? '')})`;
      const { output, tools } = outcome;
      const used = tools.length === 0 ? '' : `(Tools used: ${tools.join('; ')})\n`;
      return `${asked}\n\nYou: ${used}${output}`;
    })
    .join('\n\n');
  const end = said.length > MOST_PRIMED ? `…${said.slice(-MOST_PRIMED)}` : said;
  return `Part of this conversation was led elsewhere. There was said:\n\n<conversation>\n${end}\n</conversation>\n\nGo on from here; the next message is:`;
}

/** Unix seconds. */
function now(): number {
  return Date.now() / 1000;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
