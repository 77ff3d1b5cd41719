import type { ModelMessage, ToolResultPart } from 'ai';
import { isObject, type Json, type JsonObject } from '../../shared/json.ts';
import { schemaProblems } from '../../shared/schema-problems.ts';
import type { NodeContext, NodeHandler, NodeTools } from '../engine/handler.ts';
import { textOfAnswer, type ModelAnswer } from './answer-listener.ts';
import { generateSettings, type GenerateSettings } from './generate-configuration.ts';
import { callModel, tooManyCalls } from './model-call.ts';
import { answerMessage, promptMessage, resultsMessage, type ToolCall } from './model-messages.ts';
import { modelProviders } from './model-providers.ts';
import { chooseModel, type ModelSettings } from './model-source.ts';
import { modelTools, type ModelTool } from './model-tools.ts';
import { renderSlots } from './slots.ts';

const noParameters: JsonObject = { type: 'object', properties: {} };

/**
 * Calls a model, and the tools that it asks for, until it has answered. Each call, of the model or
 * of a tool, is a step: what has ended is never paid for twice. Outputs `output`, the text (with a
 * `schema` the value), `finishReason`, and `usage`, the tokens of all calls together.
 */
export function generateNode(
  models: ModelSettings,
  allowFetch: readonly string[],
  functions: NodeTools,
): NodeHandler {
  const known = modelTools(allowFetch, functions);
  const secrets = Object.values(modelProviders).flatMap(
    ({ keyVariable }) => models.environment[keyVariable]?.trim() || [],
  );

  return async (ctx: NodeContext) => {
    const settings = generateSettings(ctx.configuration, secrets);
    const model = chooseModel(models, settings.model, settings.useAccessToken);
    const tools = toolsOf(settings, known);
    const { system, temperature, maxOutputTokens, schema, maxSteps, retries } = settings;
    const messages: ModelMessage[] = [promptMessage(settings.prompt, ctx.inputs)];
    const usage = new Map<string, number>();

    for (let number = 1; number <= maxSteps; number += 1) {
      const request = {
        ...{ model, number, messages, temperature, maxOutputTokens, schema },
        system: system === undefined ? undefined : renderSlots(system, ctx.inputs),
        accessToken: settings.useAccessToken ? () => ctx.accessToken() : null,
        tools: [...tools].map(([name, { description = '', parameters = noParameters }]) => ({
          ...{ name, description, parameters },
        })),
        mayCallTools: number < maxSteps,
      };
      const answer = await ctx.step('model', (step) => callModel(request, step), { retries });
      for (const [name, n] of Object.entries(answer.usage)) {
        usage.set(name, (usage.get(name) ?? 0) + n);
      }
      const calls = answer.content.filter((part) => part.type === 'tool-call');
      if (calls.length === 0) return outputsOf(answer, Object.fromEntries(usage));
      if (number === maxSteps) break;
      messages.push(answerMessage(answer.content));
      const results: ToolResultPart[] = [];
      for (const call of calls) results.push(await callTool(ctx, tools.get(call.toolName), call));
      messages.push(resultsMessage(results));
    }
    throw tooManyCalls();
  };
}

function outputsOf(answer: ModelAnswer, usage: JsonObject): JsonObject {
  const { json, finishReason } = answer;
  return { output: json === undefined ? textOfAnswer(answer) : json, finishReason, usage };
}

/** The tools that a node names, in its order. */
function toolsOf(
  { tools }: GenerateSettings,
  known: ReadonlyMap<string, ModelTool>,
): ReadonlyMap<string, ModelTool> {
  return new Map(
    tools.map(({ name, consent }) => {
      const tool = known.get(name);
      if (tool === undefined) {
        throw new Error(
          `configuration.tools names '${name}', which this server does not have: it has ${[...known.keys()].join(', ')}.`,
        );
      }
      // A node may ask where the tool does not, and not the other way round.
      return [name, { ...tool, consent: consent === false ? (tool.consent ?? false) : consent }];
    }),
  );
}

/** Calls a tool as a step. What goes wrong is told to the model, which may try something else. */
async function callTool(
  ctx: NodeContext,
  tool: ModelTool | undefined,
  { toolCallId, toolName, input }: ToolCall,
): Promise<ToolResultPart> {
  const args = input as JsonObject;
  const fault = faultOf(tool, toolName, input);
  const isAllowed = fault !== null || (await mayCall(ctx, tool, toolName, args));
  const before = fault === null && isAllowed ? await tool?.before?.(ctx, args) : undefined;
  const part = { type: 'tool-result', toolCallId, toolName } as const;
  try {
    const value = await ctx.step<Json>(`tool ${toolName}`, async (step) => {
      const respond = (response: Json) =>
        step.emit({ functionResponse: { id: toolCallId, name: toolName, response } });
      try {
        if (fault !== null || tool === undefined) throw new Error(fault ?? '');
        const result = isAllowed ? await tool.execute(args, step, before) : refused;
        const response = jsonOf(result);
        await respond(response);
        return response;
      } catch (error) {
        step.signal.throwIfAborted();
        await respond({ error: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    });
    const output = typeof value === 'string' ? ({ type: 'text', value } as const) : null;
    return { ...part, output: output ?? { type: 'json', value } };
  } catch (error) {
    ctx.signal.throwIfAborted();
    const value = error instanceof Error ? error.message : String(error);
    return { ...part, output: { type: 'error-text', value } };
  }
}

const refused: Json = { refused: 'The person did not consent to this call.' };

/** Why a call cannot be made, for the model; null when it can. */
function faultOf(tool: ModelTool | undefined, name: string, input: Json): string | null {
  if (tool === undefined) return `There is no tool called '${name}'.`;
  if (!isObject(input)) return `The arguments of '${name}' must be a JSON object.`;
  const [problem] = schemaProblems(tool.parameters ?? noParameters, input);
  if (problem === undefined) return null;
  const place = problem.pointer === '' ? 'The arguments' : `The argument ${problem.pointer}`;
  return `${place} of '${name}' cannot be used: ${problem.message}`;
}

async function mayCall(
  ctx: NodeContext,
  tool: ModelTool | undefined,
  name: string,
  args: JsonObject,
): Promise<boolean> {
  const consent = tool?.consent ?? false;
  if (consent === false) return true;
  const prompt = typeof consent === 'string' ? consent : `May the model call '${name}'?`;
  return ctx.consent({
    key: `tool ${name}`,
    prompt,
    consentType: 'tool',
    scope: { tool: name, args },
  });
}

/** What JSON makes of what a tool returned; null for nothing. */
function jsonOf(value: unknown): Json {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
}
