import * as loader from 'node:module';

/** A module of a later generation has it in its address: the loader takes it for another module. */
const GENERATION = 'reattach-generation';

/**
 * @typedef {import('node:module').ResolveHookContext} Context
 * @typedef {import('node:module').ResolveFnOutput} Resolved
 * @typedef {(specifier: string, context: Context, next: (specifier: string, context: Context) => Resolved) => Resolved} Resolve
 */

const { registerHooks: hooks } =
  /** @type {{ registerHooks?: (hooks: { resolve: Resolve }) => void }} */ (loader);

let installed = false;

/**
 * The address at which a file is loaded anew, with everything that it imports by a path of its own;
 * packages of `node_modules`, and CommonJS, stay as they are.
 *
 * @param {string} href
 * @param {number} generation another number gives other modules
 */
export function freshHref(href, generation) {
  if (!installed) {
    installed = true;
    // Older ones have hooks in a thread of their own alone.
    if (hooks === undefined) loader.register(import.meta.url);
    else {
      hooks({
        resolve: (specifier, context, next) =>
          ofGeneration(next(specifier, context), context.parentURL),
      });
    }
  }
  const url = new URL(href);
  url.searchParams.set(GENERATION, String(generation));
  return url.href;
}

/**
 * The hook of older ones.
 *
 * @type {import('node:module').ResolveHook}
 */
export async function resolve(specifier, context, nextResolve) {
  return ofGeneration(await nextResolve(specifier, context), context.parentURL);
}

/**
 * @param {Resolved} resolved
 * @param {string | undefined} parent
 */
function ofGeneration(resolved, parent) {
  if (parent === undefined || !parent.includes(GENERATION)) return resolved;
  const { url, format } = resolved;
  const isOwn = url.startsWith('file:') && !url.includes('/node_modules/');
  if (!isOwn || format === 'commonjs') return resolved;
  const fresh = new URL(url);
  fresh.searchParams.set(GENERATION, new URL(parent).searchParams.get(GENERATION) ?? '');
  return { ...resolved, url: fresh.href };
}
