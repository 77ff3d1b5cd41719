import type { NodeTools, NodeTypes } from '../engine/handler.ts';
import { agentNode } from './agent/agent-node.ts';
import { AgentPool } from './agent/agent-pool.ts';
import { ask } from './ask.ts';
import { choice } from './choice.ts';
import { consent } from './consent.ts';
import { delay } from './delay.ts';
import { fetchNode } from './fetch.ts';
import { generateNode } from './generate.ts';
import { input } from './input.ts';
import { noModels, type ModelSettings } from './model-source.ts';
import { output } from './output.ts';
import { script } from './script.ts';
import { template } from './template.ts';

/** What the built-in node types are given of the server. */
export interface BuiltInOptions {
  /** The hosts that `fetch` may reach: `host` for any port of it, `host:port` for that one. */
  readonly allowFetch: readonly string[];
  /** The models of `generate`; none unless given. */
  readonly models?: ModelSettings;
  /** The functions that its models may call. */
  readonly tools?: NodeTools;
  /** The agents of `agent`; none unless given. Whoever made them closes them. */
  readonly agents?: AgentPool;
}

/** The node types that every server has. */
export function builtInNodes({
  allowFetch,
  models = noModels,
  tools = {},
  agents = noAgents(),
}: BuiltInOptions): NodeTypes {
  return {
    input,
    ask,
    choice,
    consent,
    template,
    fetch: fetchNode(allowFetch),
    agent: agentNode(agents),
    generate: generateNode(models, allowFetch, tools),
    delay,
    script,
    output,
  };
}

function noAgents(): AgentPool {
  return new AgentPool({
    ...{ agents: [], agentFs: false, version: '' },
    logger: { warn: () => undefined },
  });
}
