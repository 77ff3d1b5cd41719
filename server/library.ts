/** What the package `reattach` gives to programs that import it. */
export { createReattach, type Reattach } from './create-reattach.ts';
export type { ReattachOptions } from './reattach-options.ts';
export type { Authorize, Call, Decision } from './routes/authorize-rule.ts';
export { loadNodeModule, type NodeModule } from './node-modules.ts';
export {
  defineNode,
  defineNodes,
  type NodeDefinition,
  type StandardSchema,
  type TypedContext,
} from './define-nodes.ts';
export { openSqliteStore, type SqliteStoreOptions } from './store/sqlite-store.ts';
export { DatabaseUnusable, type Store } from './store/store.ts';
export { StartError } from './start-error.ts';
export type { Clock } from './engine/clock.ts';
export type { Logger } from './logger.ts';
export type * from './engine/handler.ts';
export type { GraphDescriptor, GraphSource } from '../shared/graph.ts';
export type { Json, JsonObject } from '../shared/json.ts';
