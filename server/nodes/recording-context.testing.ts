import type { Json, JsonObject } from '../../shared/json.ts';
import type { NodeContext } from '../engine/handler.ts';

/** What a handler asked of its context, in order: the operation's name, then what it passed. */
export type Call = readonly [operation: string, ...args: unknown[]];

/**
 * A context that notes every operation and answers prompts with `answers`, in order. Steps run, once;
 * sleeps are over at once.
 */
export function recordingContext({
  configuration = {},
  inputs = {},
  answers = [],
  signal = new AbortController().signal,
}: {
  configuration?: JsonObject;
  inputs?: JsonObject;
  answers?: unknown[];
  signal?: AbortSignal;
}): { ctx: NodeContext; calls: Call[] } {
  const calls: Call[] = [];
  const left = [...answers];
  const memory = new Map<string, Json>();
  const prompt = (name: string) => async (options: unknown) => {
    calls.push([name, options]);
    return left.shift() as never;
  };
  const operations = {
    ask: prompt('ask'),
    choose: prompt('choose'),
    form: prompt('form'),
    consent: prompt('consent'),
    emit: async (event: JsonObject) => void calls.push(['emit', event]),
    thought: async (text: string) => void calls.push(['thought', text]),
    signal,
  };
  const ctx: NodeContext = {
    ...operations,
    sessionId: 's',
    nodeId: 'n',
    configuration,
    inputs,
    step: async (name, work, options) => {
      calls.push(['step', name, options]);
      return work({
        ...operations,
        attempt: 1,
        recall: (key) => memory.get(key),
        remember: async (key, value) => void memory.set(key, value),
        forget: (key) => void memory.delete(key),
      });
    },
    over: signal,
    sleep: async (ms) => void calls.push(['sleep', ms]),
    accessToken: () => undefined,
  };
  return { ctx, calls };
}
