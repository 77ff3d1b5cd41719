import { z } from 'zod';
import type { Json, JsonObject } from '../../shared/json.ts';
import { textOf } from '../../shared/prompt.ts';
import type { NodeContext, NodeTool, NodeTools, StepContext } from '../engine/handler.ts';
import { exchange, urlGuard, withTimeout } from './http-exchange.ts';

/** A tool, with what a built-in one may do that one of a node module may not. */
export interface ModelTool extends NodeTool {
  /**
   * What comes before the tool's step, by operations of the node: a question that is asked there
   * stays open over restarts, however long nobody answers it.
   */
  before?(ctx: NodeContext, args: JsonObject): Promise<Json>;
  execute(args: JsonObject, step: StepContext, before?: Json): unknown;
}

const FETCH_TIMEOUT_MS = 30_000;
/** Models read no more than this with any use. */
const FETCH_MOST_BYTES = 256 * 1024;

/** What no tool of a node module may be called. */
export const builtInTools: readonly string[] = ['ask', 'choices', 'fetch'];

/** The tools that every server has, and those of its node modules. */
export function modelTools(
  allowFetch: readonly string[],
  tools: NodeTools,
): ReadonlyMap<string, ModelTool> {
  return new Map<string, ModelTool>(
    Object.entries({ ...tools, ask, choices, fetch: fetchTool(allowFetch) }),
  );
}

const askArguments = z.object({ question: z.string() });

const ask: ModelTool = {
  description:
    'Asks the person who started this run a question, and waits for the answer. Use it when you need something that only a person knows or may decide.',
  parameters: {
    type: 'object',
    properties: { question: { type: 'string', description: 'Markdown.' } },
    required: ['question'],
  },
  async before(ctx, args) {
    const { question: prompt } = askArguments.parse(args);
    const answer = await ctx.ask({ key: 'tool ask', prompt, skipLabel: 'Skip' });
    return answer === null ? null : textOf(answer);
  },
  execute: (_args, _step, answer) => (answer === null ? { skipped: true } : { answer }),
};

const choicesArguments = z.object({
  question: z.string(),
  choices: z.array(z.string()),
  multiple: z.boolean().default(false),
});

const choices: ModelTool = {
  description:
    'Presents choices to the person who started this run, and waits until one is chosen, or several. Use it instead of a question whenever the answers can be listed.',
  parameters: {
    type: 'object',
    properties: {
      question: { type: 'string', description: 'Markdown.' },
      choices: {
        type: 'array',
        items: { type: 'string', description: 'One choice, as it is shown. Markdown.' },
        minItems: 1,
      },
      multiple: { type: 'boolean', description: 'Whether several may be chosen.' },
    },
    required: ['question', 'choices'],
  },
  async before(ctx, args) {
    const { question, choices: offered, multiple } = choicesArguments.parse(args);
    return ctx.choose({
      key: 'tool choices',
      prompt: question,
      choices: offered.map((content, i) => ({ id: String(i + 1), content })),
      selectionMode: multiple ? 'multiple' : 'single',
      noneOfTheAboveLabel: 'None of these',
    });
  },
  execute: (args, _step, chosen) => {
    const { choices: offered } = choicesArguments.parse(args);
    const ids = Array.isArray(chosen) ? chosen : [];
    return { chosen: ids.map((id) => offered[Number(id) - 1] ?? id) };
  },
};

const fetchArguments = z.object({
  url: z.string(),
  method: z.string().default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
});

function fetchTool(allowFetch: readonly string[]): ModelTool {
  const check = urlGuard(allowFetch);
  const hosts = allowFetch.length === 0 ? 'none' : allowFetch.join(', ');
  return {
    description: `Fetches a URL over HTTP and returns the status and the body. These hosts can be reached: ${hosts}.`,
    parameters: {
      type: 'object',
      properties: {
        url: { type: 'string' },
        method: { type: 'string', description: 'GET unless given.' },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: { type: 'string' },
      },
      required: ['url'],
    },
    execute(args, { signal }) {
      const { url, method, headers, body } = fetchArguments.parse(args);
      if (!URL.canParse(url)) throw new Error(`This is no URL: ${url}`);
      const request = {
        url: new URL(url),
        method: method.toUpperCase(),
        headers: new Headers(headers),
        body: body ?? null,
      };
      return withTimeout(signal, FETCH_TIMEOUT_MS, (aborted) =>
        exchange(request, check, FETCH_MOST_BYTES, aborted),
      );
    },
  };
}
