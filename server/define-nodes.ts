import type { JsonObject } from '../shared/json.ts';
import type { NodeContext, NodeHandler } from './engine/handler.ts';

/** What a validator of any library looks like that follows Standard Schema: Zod, Valibot, ArkType, … */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => ValidationResult<Output> | Promise<ValidationResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type ValidationResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ValidationIssue[] };

export interface ValidationIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A node's context, with inputs and a configuration of known types. */
export interface TypedContext<Inputs, Configuration> extends Omit<
  NodeContext,
  'inputs' | 'configuration'
> {
  readonly inputs: Inputs;
  readonly configuration: Configuration;
}

export interface NodeDefinition<Inputs, Configuration> {
  /** What the edges have to bring, by port. Unchecked unless given. */
  readonly inputs?: StandardSchema<Inputs>;
  /** What the graph has to say of the node. Unchecked unless given. */
  readonly configuration?: StandardSchema<Configuration>;
  /** The handler: see `NodeHandler`. */
  readonly run: (ctx: TypedContext<Inputs, Configuration>) => unknown;
}

/**
 * A node type whose inputs and configuration are checked before its handler runs, which gets them as
 * their schemas type and transform them. What does not fit fails the node, and the error names it. A
 * schema that asks somebody else must not be used: it runs again whenever the handler does.
 */
export function defineNode<Inputs = JsonObject, Configuration = JsonObject>({
  inputs,
  configuration,
  run,
}: NodeDefinition<Inputs, Configuration>): NodeHandler {
  return async (ctx) => {
    const checked = {
      inputs: { value: await check('inputs', inputs, ctx.inputs) },
      configuration: { value: await check('configuration', configuration, ctx.configuration) },
    };
    // Not a copy: some of the context is made when it is asked for.
    return run(Object.create(ctx, checked) as TypedContext<Inputs, Configuration>);
  };
}

/** The node types of a module, as its default export: handlers, whose `ctx` is typed, by type. */
export function defineNodes<Nodes extends Readonly<Record<string, NodeHandler>>>(
  nodes: Nodes,
): Nodes {
  return nodes;
}

async function check<T>(what: string, schema: StandardSchema<T> | undefined, value: unknown) {
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const keys = (issue?.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key));
  throw new Error(`${[what, ...keys].join('.')}: ${issue?.message ?? 'does not fit'}`);
}
