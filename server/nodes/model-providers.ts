/** Who serves models, by the name that stands before the colon of `PROVIDER:NAME`. */
export const modelProviders = {
  'openai-compatible': { keyVariable: 'OPENAI_COMPATIBLE_API_KEY', needsKey: false },
  openai: { keyVariable: 'OPENAI_API_KEY', needsKey: true },
  anthropic: { keyVariable: 'ANTHROPIC_API_KEY', needsKey: true },
  google: { keyVariable: 'GOOGLE_GENERATIVE_AI_API_KEY', needsKey: true },
} as const;

export type ModelProvider = keyof typeof modelProviders;

/** A model, and who serves it. */
export interface ModelName {
  readonly provider: ModelProvider;
  readonly name: string;
}

/** Splits `PROVIDER:NAME`; null when it does not begin with a known provider, or has no name. */
export function parseModelName(text: string): ModelName | null {
  const [, provider = '', name = ''] = /^([^:]*):(.+)$/s.exec(text.trim()) ?? [];
  return isProvider(provider) && name.trim() !== '' ? { provider, name: name.trim() } : null;
}

function isProvider(name: string): name is ModelProvider {
  return Object.hasOwn(modelProviders, name);
}
