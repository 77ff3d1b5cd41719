import type { LanguageModel } from 'ai';
import {
  modelProviders,
  parseModelName,
  type ModelName,
  type ModelProvider,
} from './model-providers.ts';

/** What the server was told of models. */
export interface ModelSettings {
  /** `PROVIDER:NAME`: what nodes use that name none. */
  readonly model: string | null;
  /** Where that model's provider is reached; without a model, where `openai-compatible` is. */
  readonly url: string | null;
  /** Where keys are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A model that can be called. */
export interface ChosenModel {
  /** `PROVIDER:NAME`, for people. */
  readonly label: string;
  /** The key from the environment; null where there is none, and none is needed. */
  readonly key: string | null;
  /** Loads the provider's code when it is first used. */
  load(key: string | null): Promise<LanguageModel>;
}

export const noModels: ModelSettings = { model: null, url: null, environment: {} };

/**
 * The model that a node is to use.
 * @param wanted the node's own, `PROVIDER:NAME` or a name that the server's provider knows
 * @param bringsKey whether the node has a key from elsewhere
 * @throws Error that says what to set
 */
export function chooseModel(
  settings: ModelSettings,
  wanted: string | undefined,
  bringsKey: boolean,
): ChosenModel {
  const model = nameOf(settings, wanted);
  const { provider, name } = model;
  const { keyVariable, needsKey } = modelProviders[provider];
  const key = settings.environment[keyVariable]?.trim() || null;
  const url = provider === urlOwner(settings) ? settings.url : null;
  if (provider === 'openai-compatible' && url === null) {
    throw new Error(
      `Nobody knows where ${provider}:${name} is served: start the server with --model-url URL, such as --model-url http://localhost:11434/v1.`,
    );
  }
  if (needsKey && key === null && !bringsKey) {
    throw new Error(
      `${provider}:${name} needs a key: set ${keyVariable} in the server's environment, or let the node take the run's access token with "useAccessToken": true.`,
    );
  }
  return {
    label: `${provider}:${name}`,
    key,
    load: (ownKey) => load(model, url, ownKey),
  };
}

function nameOf(settings: ModelSettings, wanted: string | undefined): ModelName {
  const own = settings.model === null ? null : parseModelName(settings.model);
  const full = wanted === undefined ? own : parseModelName(wanted);
  if (full !== null) return full;
  const provider = own?.provider ?? (settings.url === null ? null : urlOwner(settings));
  if (wanted !== undefined && provider !== null) return { provider, name: wanted.trim() };
  const providers = Object.keys(modelProviders).join(', ');
  throw new Error(
    wanted === undefined
      ? 'No model is configured: start the server with --model PROVIDER:NAME, such as --model openai-compatible:llama3.2 --model-url http://localhost:11434/v1, or name one in configuration.model.'
      : `configuration.model is '${wanted}', and nobody knows who serves it: write PROVIDER:NAME, with one of ${providers}, or start the server with --model.`,
  );
}

/** Whose requests go to `--model-url`. */
function urlOwner({ model }: ModelSettings): ModelProvider {
  return (model === null ? null : parseModelName(model)?.provider) ?? 'openai-compatible';
}

async function load(
  { provider, name }: ModelName,
  url: string | null,
  key: string | null,
): Promise<LanguageModel> {
  const where = url === null ? {} : { baseURL: url };
  const settings = key === null ? where : { ...where, apiKey: key };
  switch (provider) {
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const options = { includeUsage: true, supportsStructuredOutputs: true };
      return createOpenAICompatible({
        ...options,
        ...settings,
        name: provider,
        baseURL: url ?? '',
      })(name);
    }
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI(settings)(name);
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(settings)(name);
    }
    case 'google': {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      return createGoogleGenerativeAI(settings)(name);
    }
  }
}
