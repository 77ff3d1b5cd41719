import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { logOf, starting, untilLog } from '../engine/engine.testing.ts';
import type { NodeTools } from '../engine/handler.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { builtInNodes } from './built-in-nodes.ts';
import { ModelServer } from './model-server.testing.ts';

/** A run of one `generate` node against a model server of its own. */
export interface ModelRun {
  readonly models: ModelServer;
  readonly engine: Engine;
  readonly sessionId: string;
  log(): Promise<SessionEvent[]>;
  /** Waits until the log is as wanted. */
  until(done: (log: SessionEvent[]) => boolean): Promise<SessionEvent[]>;
  /** Waits until the run is over. */
  end(): Promise<SessionEvent[]>;
  /** Answers the prompt with this number, from 1, once it is there. */
  answer(number: number, response: Json, accessToken?: string): Promise<void>;
  /** Ends the engine as a kill would and starts another on the same store. */
  restart(): Promise<void>;
}

export interface ModelRunOptions {
  readonly inputs?: JsonObject;
  readonly tools?: NodeTools;
  readonly allowFetch?: string[];
  readonly model?: string | null;
  /** False: the server knows no URL. */
  readonly url?: boolean;
  readonly environment?: Record<string, string>;
  readonly accessToken?: string;
}

/** Starts a `generate` node with this configuration. Its slots are filled from `inputs`. */
export async function startModelRun(
  configuration: JsonObject,
  options: ModelRunOptions = {},
): Promise<ModelRun> {
  const { inputs = {}, tools = {}, allowFetch = [], model = 'openai-compatible:test' } = options;
  const models = await ModelServer.start();
  const store = await openSqliteStore({ file: ':memory:' });
  const boot = () =>
    createEngine({
      store,
      nodeTypes: {
        ...builtInNodes({
          allowFetch,
          tools,
          models: {
            model,
            url: options.url === false ? null : models.url,
            environment: options.environment ?? {},
          },
        }),
        given: () => inputs,
      },
      findGraph: async () => null,
      logger: pino({ level: 'silent' }),
    });
  let engine = boot();
  onTestFinished(async () => {
    await engine.close();
    await store.close();
    models.close();
  });
  const graph = {
    nodes: [
      { id: 'given', type: 'given' },
      { id: 'n', type: 'generate', configuration },
    ],
    edges: [{ from: 'given', to: 'n', out: '*' }],
  };
  const token = options.accessToken === undefined ? {} : { accessToken: options.accessToken };
  const { sessionId } = await engine.start(starting({ graph, ...token }));
  const until = (done: (log: SessionEvent[]) => boolean) => untilLog(store, sessionId, done);
  return {
    models,
    sessionId,
    until,
    get engine() {
      return engine;
    },
    log: () => logOf(store, sessionId),
    end: () => until((log) => /^graph(Complete|Error|Cancelled)$/.test(log.at(-1)?.type ?? '')),
    async answer(number, response, accessToken) {
      const log = await until((events) => prompts(events).length >= number);
      const { interactionId } = prompts(log)[number - 1]!;
      const brought = accessToken === undefined ? {} : { accessToken };
      await engine.resume(sessionId, { interactionId, response, ...brought });
    },
    async restart() {
      await engine.close();
      engine = boot();
      await engine.recover();
    },
  };
}

/** The prompts of a log, in order. */
export function prompts(log: readonly SessionEvent[]) {
  return log.flatMap((event) => (event.type === 'inputRequired' ? [event] : []));
}

/** What the last attempt of each step emitted, in order: the event's name and its value. */
export function emitted(log: readonly SessionEvent[]): [name: string, value: Json][] {
  const latest = new Map<string, number>();
  for (const event of log) if (event.type === 'stepStart') latest.set(event.op, event.attempt);
  return log.flatMap((event) =>
    event.type === 'agentEvent' && latest.get(event.op ?? '') === event.attempt
      ? Object.entries(event.event)
      : [],
  );
}

/** The joined texts of the events called `name`, by part id. */
export function textsOf(log: readonly SessionEvent[], name: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of emitted(log)) {
    if (key !== name || !isObject(value)) continue;
    const { id, parts } = value as { id: string; parts: { text: string }[] };
    const [part] = parts;
    texts[id] = (texts[id] ?? '') + (part?.text ?? '');
  }
  return texts;
}

/** What happened to the steps, in order: `model 1 ended`. */
export function stepsOf(log: readonly SessionEvent[]): string[] {
  return log.flatMap((event) => {
    if (event.type === 'stepStart') return [`${event.step} ${event.attempt} began`];
    if (event.type === 'stepEnd') return [`${event.step} ${event.attempt} ended`];
    return event.type === 'stepError' ? [`${event.step} ${event.attempt} failed`] : [];
  });
}

/** What the node came to. */
export function outcomeOf(log: readonly SessionEvent[]): JsonObject | string | null {
  for (const event of log) {
    if ('nodeId' in event && event.nodeId !== 'n') continue;
    if (event.type === 'nodeEnd') return event.outputs;
    if (event.type === 'nodeError') return event.error;
  }
  return null;
}
