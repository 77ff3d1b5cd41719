import type { NodeTypes } from '../engine/handler.ts';
import { ask } from './ask.ts';
import { choice } from './choice.ts';
import { consent } from './consent.ts';
import { delay } from './delay.ts';
import { fetchNode } from './fetch.ts';
import { input } from './input.ts';
import { output } from './output.ts';
import { script } from './script.ts';
import { template } from './template.ts';

/**
 * The node types that every server has. `allowFetch` names the hosts that `fetch` may reach: `host`
 * for any port of it, `host:port` for that one.
 */
export function builtInNodes({ allowFetch }: { allowFetch: readonly string[] }): NodeTypes {
  return {
    input,
    ask,
    choice,
    consent,
    template,
    fetch: fetchNode(allowFetch),
    delay,
    script,
    output,
  };
}
