import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from '../shared/json.ts';
import type { NodeHandler, NodeTool, NodeTools, NodeTypes } from './engine/handler.ts';
import { messageOf } from './errors.ts';
import { freshHref } from './fresh-imports.mjs';
import { StartError } from './start-error.ts';

/** A set of node types and tools, and whose it is: what an error names. */
export interface NodeModule {
  readonly origin: string;
  readonly types: NodeTypes;
  readonly tools?: NodeTools;
}

/** What every provider of models takes as the name of a function. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * Loads an ES module whose default export maps node types to handlers, and whose export `tools`, if
 * it has one, maps names to functions that a model may call.
 * @param file its path, absolute or from the working directory
 * @param generation one that is not 0 loads it anew, with what it imports by a path of its own
 * @throws StartError when it cannot be loaded, or exports something else
 */
export async function loadNodeModule(file: string, generation = 0): Promise<NodeModule> {
  let loaded: unknown;
  try {
    const { href } = pathToFileURL(resolve(file));
    loaded = await import(generation === 0 ? href : freshHref(href, generation));
  } catch (error) {
    throw new StartError(
      `The node module '${file}' cannot be loaded: ${firstLine(messageOf(error))}`,
      {
        cause: error,
      },
    );
  }
  const { default: types, tools } = isObject(loaded) ? loaded : {};
  if (!isObject(types) && (types !== undefined || tools === undefined)) {
    throw new StartError(
      `The node module '${file}' must have a default export that maps node types to functions.`,
    );
  }
  const handlers = Object.entries(isObject(types) ? types : {});
  const stranger = handlers.find(([, handler]) => typeof handler !== 'function');
  if (stranger !== undefined) {
    throw new StartError(
      `The node module '${file}' exports '${stranger[0]}', which is no function.`,
    );
  }
  return {
    origin: `the node module '${file}'`,
    types: Object.fromEntries(handlers.filter(isHandler)),
    tools: tools === undefined ? {} : checkedTools(tools, file),
  };
}

/**
 * All node types together.
 * @throws StartError when two of the modules have a type of the same name
 */
export function mergeNodeTypes(modules: readonly NodeModule[]): NodeTypes {
  return merged('node type', modules, ({ types }) => types);
}

/**
 * The tools of all modules together.
 * @throws StartError when two of them have a tool of the same name, or one has a name that is taken
 */
export function mergeTools(modules: readonly NodeModule[], taken: readonly string[]): NodeTools {
  const tools = merged('tool', modules, (module) => module.tools ?? {});
  const clash = taken.find((name) => Object.hasOwn(tools, name));
  if (clash === undefined) return tools;
  throw new StartError(`The tool '${clash}' of a node module has the name of a built-in one.`);
}

function merged<T>(
  what: string,
  modules: readonly NodeModule[],
  pick: (module: NodeModule) => Readonly<Record<string, T>>,
): Record<string, T> {
  const all = new Map<string, { value: T; origin: string }>();
  for (const module of modules) {
    const { origin } = module;
    for (const [name, value] of Object.entries(pick(module))) {
      const other = all.get(name);
      if (other !== undefined) {
        throw new StartError(
          `The ${what} '${name}' comes from both ${other.origin} and ${origin}.`,
        );
      }
      all.set(name, { value, origin });
    }
  }
  return Object.fromEntries([...all].map(([name, { value }]) => [name, value]));
}

function checkedTools(tools: unknown, file: string): NodeTools {
  if (!isObject(tools)) {
    throw new StartError(`The node module '${file}' exports 'tools', which must be an object.`);
  }
  const entries = Object.entries(tools);
  for (const [name, tool] of entries) {
    const fault = toolFault(name, tool);
    if (fault !== null) {
      throw new StartError(`The node module '${file}' exports the tool '${name}', ${fault}.`);
    }
  }
  return Object.fromEntries(entries.filter(isTool));
}

/** What is wrong with a tool; null when nothing is. */
function toolFault(name: string, tool: unknown): string | null {
  if (!TOOL_NAME.test(name)) return 'whose name is not 1 to 64 letters, digits, _ and -';
  if (!isObject(tool)) return 'which is no object';
  const { execute, parameters, description, consent } = tool;
  if (typeof execute !== 'function') return "which has no function 'execute'";
  if (parameters !== undefined && !isObject(parameters)) {
    return "whose 'parameters' are no JSON Schema of an object";
  }
  if (description !== undefined && typeof description !== 'string') {
    return "whose 'description' is no text";
  }
  const isConsent = ['undefined', 'boolean', 'string'].includes(typeof consent);
  return isConsent ? null : "whose 'consent' is neither true or false nor a text";
}

/** Of an entry that was checked. */
function isTool(entry: [string, unknown]): entry is [string, NodeTool] {
  return isObject(entry[1]);
}

function isHandler(entry: [string, unknown]): entry is [string, NodeHandler] {
  return typeof entry[1] === 'function';
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? text;
