import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from '../shared/json.ts';
import type { NodeHandler, NodeTypes } from './engine/handler.ts';
import { messageOf } from './errors.ts';
import { StartError } from './start-error.ts';

/** A set of node types, and whose it is: what an error names. */
export interface NodeModule {
  readonly origin: string;
  readonly types: NodeTypes;
}

/**
 * Loads an ES module whose default export maps node types to handlers.
 * @param file its path, absolute or from the working directory
 * @throws StartError when it cannot be loaded, or exports something else
 */
export async function loadNodeModule(file: string): Promise<NodeModule> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new StartError(
      `The node module '${file}' cannot be loaded: ${firstLine(messageOf(error))}`,
      {
        cause: error,
      },
    );
  }
  const types = isObject(loaded) ? loaded['default'] : undefined;
  if (!isObject(types)) {
    throw new StartError(
      `The node module '${file}' must have a default export that maps node types to functions.`,
    );
  }
  const handlers = Object.entries(types);
  const stranger = handlers.find(([, handler]) => typeof handler !== 'function');
  if (stranger !== undefined) {
    throw new StartError(
      `The node module '${file}' exports '${stranger[0]}', which is no function.`,
    );
  }
  return {
    origin: `the node module '${file}'`,
    types: Object.fromEntries(handlers.filter(isHandler)),
  };
}

/**
 * All node types together.
 * @throws StartError when two of the modules have a type of the same name
 */
export function mergeNodeTypes(modules: readonly NodeModule[]): NodeTypes {
  const merged = new Map<string, { handler: NodeHandler; origin: string }>();
  for (const { origin, types } of modules) {
    for (const [type, handler] of Object.entries(types)) {
      const other = merged.get(type);
      if (other !== undefined) {
        throw new StartError(
          `The node type '${type}' comes from both ${other.origin} and ${origin}.`,
        );
      }
      merged.set(type, { handler, origin });
    }
  }
  return Object.fromEntries([...merged].map(([type, { handler }]) => [type, handler]));
}

function isHandler(entry: [string, unknown]): entry is [string, NodeHandler] {
  return typeof entry[1] === 'function';
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? text;
