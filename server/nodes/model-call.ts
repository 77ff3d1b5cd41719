import type { ModelMessage, ToolSet } from 'ai';
import type { Json, JsonObject } from '../../shared/json.ts';
import { schemaProblems } from '../../shared/schema-problems.ts';
import type { StepContext } from '../engine/handler.ts';
import { AnswerListener, textOfAnswer, type ModelAnswer } from './answer-listener.ts';
import { finalError, modelError } from './model-error.ts';
import type { ChosenModel } from './model-source.ts';

/** One call of a model. */
export interface ModelRequest {
  readonly model: ChosenModel;
  /** The run's access token, where that is the key; else null. */
  readonly accessToken: (() => string | undefined) | null;
  /** Which call of the node it is, from 1: the ids of what it streams begin with it. */
  readonly number: number;
  readonly system: string | undefined;
  readonly messages: readonly ModelMessage[];
  readonly temperature: number | undefined;
  readonly maxOutputTokens: number | undefined;
  /** Of JSON output. */
  readonly schema: JsonObject | undefined;
  readonly tools: readonly OfferedTool[];
  readonly mayCallTools: boolean;
}

/** A tool as a model sees it. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/**
 * Calls a model once, as the code of a step: emits what it streams, and returns it whole. A call
 * that goes wrong throws, for another attempt if that is worth it.
 */
export async function callModel(request: ModelRequest, step: StepContext): Promise<ModelAnswer> {
  const token = await tokenOf(request, step);
  const key = token ?? request.model.key;
  const listener = new AnswerListener(request.number, step);
  try {
    for await (const part of await openStream(request, key, step.signal)) {
      await listener.hear(part);
    }
    await listener.flush();
  } catch (error) {
    // What came is shown, until another attempt takes its place.
    await listener.flush().catch(() => undefined);
    step.signal.throwIfAborted();
    if (!request.mayCallTools && String(error).includes('tool choice was none'))
      throw tooManyCalls();
    throw modelError(error, request.model.label, [key]);
  }
  step.signal.throwIfAborted();
  const answer = listener.answer();
  if (answer === null) {
    throw modelError(new Error('the stream ended early'), request.model.label, [key]);
  }
  const { model, finishReason, usage } = answer;
  await step.emit({ usage: { model, finishReason, ...usage } });
  return request.schema === undefined ? answer : withJson(answer, request.schema);
}

/**
 * A provider that is to hold a model to a schema refuses one that leaves anything open. What does is
 * checked here alone.
 */
function strictness(schema: JsonObject): Record<string, JsonObject> {
  const strictJsonSchema = schema['additionalProperties'] === false;
  return { openai: { strictJsonSchema }, openaiCompatible: { strictJsonSchema } };
}

/** A model called tools when it was not to any more. */
export function tooManyCalls(): Error {
  return finalError(
    'The model called tools in the last call that it has: raise configuration.maxSteps.',
  );
}

/** A token does not outlive the server: then somebody is asked to bring it again. */
async function tokenOf(
  { accessToken, model }: ModelRequest,
  step: StepContext,
): Promise<string | null> {
  if (accessToken === null) return null;
  for (;;) {
    const token = accessToken();
    if (token !== undefined) return token;
    const goesOn = await step.consent({
      prompt: `${model.label} is called with the run's access token, and the run has none (the server keeps it in memory only). Go on with an answer that brings one?`,
      consentType: 'accessToken',
    });
    if (!goesOn) throw finalError(`${model.label} was not called: the run has no access token.`);
  }
}

async function openStream(request: ModelRequest, key: string | null, abortSignal: AbortSignal) {
  const { jsonSchema, Output, streamText, tool } = await import('ai');
  // Warnings of the provider are in the log; the library would write them to the console.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  const { system, temperature, maxOutputTokens, schema, mayCallTools } = request;
  const tools: ToolSet = {};
  for (const { name, description, parameters } of request.tools) {
    tools[name] = tool({ description, inputSchema: jsonSchema(parameters) });
  }
  const { fullStream } = streamText({
    model: await request.model.load(key),
    messages: [...request.messages],
    abortSignal,
    // Attempts are the step's, so that each is in the log.
    maxRetries: 0,
    onError: () => undefined,
    ...(system === undefined ? {} : { system }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(request.tools.length === 0 ? {} : { tools, toolChoice: mayCallTools ? 'auto' : 'none' }),
    ...(schema === undefined
      ? {}
      : {
          output: { ...Output.text(), responseFormat: Promise.resolve({ type: 'json', schema }) },
          providerOptions: strictness(schema),
        }),
  });
  return fullStream;
}

/** @throws Error when an answer that should be JSON is none, or does not fit */
function withJson(answer: ModelAnswer, schema: JsonObject): ModelAnswer {
  if (answer.content.some(({ type }) => type === 'tool-call')) return answer;
  const text = textOfAnswer(answer);
  if (answer.finishReason === 'length') {
    throw finalError(
      'The answer was cut off before its JSON ended: raise configuration.maxOutputTokens.',
    );
  }
  let json: Json;
  try {
    json = JSON.parse(withoutFence(text)) as Json;
  } catch (cause) {
    throw new Error(`The model was to answer in JSON, and answered: ${text.slice(0, 300)}`, {
      cause,
    });
  }
  const [problem] = schemaProblems(schema, json);
  if (problem === undefined) return { ...answer, json };
  const place = problem.pointer === '' ? '' : ` at ${problem.pointer}`;
  throw new Error(
    `The model's answer does not fit configuration.schema${place}: ${problem.message}`,
  );
}

/** Models like to wrap JSON into a block of Markdown. */
function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$/s.exec(text)?.[1] ?? text;
}
