import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { textContent, textOf, type LlmContent } from '../../../shared/prompt.ts';
import type { NodeContext, NodeHandler, Text } from '../../engine/handler.ts';
import { parseConfiguration, text } from '../configuration.ts';
import { renderSlots, renderText } from '../slots.ts';
import type { AgentPool, Place } from './agent-pool.ts';
import type { Exchange, TurnOutcome } from './agent-turn.ts';

/** What a graph says of such a node. */
export const agentConfiguration = z.object({
  agent: z.string('must be a string').min(1, 'must not be empty'),
  prompt: text.optional(),
  cwd: z.string('must be a string').min(1, 'must not be empty').optional(),
  chat: z.boolean('must be true or false').default(false),
  idleMinutes: z.number('must be a number').min(0, 'must not be negative').default(10),
});

/**
 * Lets an agent that speaks the Agent Client Protocol work on `configuration.prompt`, in the folder
 * `configuration.cwd`. With `chat` each turn is followed by a prompt for the person's next message,
 * until it is skipped. Outputs `output`, the agent's last answer, and `stopReason`; of a chat also
 * `conversation`.
 */
export function agentNode(pool: AgentPool): NodeHandler {
  return async (ctx: NodeContext) => {
    const settings = parseConfiguration(agentConfiguration, ctx.configuration);
    if (settings.prompt === undefined && !settings.chat) {
      throw new Error('configuration.prompt must be there unless configuration.chat is true');
    }
    // In the log: another start of the server, in another folder, must not move the conversation.
    const cwd = await ctx.step('folder', () =>
      folderOf(renderSlots(settings.cwd ?? '.', ctx.inputs)),
    );
    const history: Exchange[] = [];
    let next: LlmContent | null =
      settings.prompt === undefined
        ? await ctx.ask({ key: 'message 1', prompt: `What shall ${settings.agent} do?` })
        : contentOf(renderText(settings.prompt, ctx.inputs));
    let last: TurnOutcome | null = null;
    for (let n = 1; next !== null; n += 1) {
      const message = next;
      try {
        last = await ctx.step(`turn ${n}`, async (step) => {
          const { sessionId, nodeId } = ctx;
          const idleMs = settings.idleMinutes * 60_000;
          const place: Place = { sessionId, nodeId, cwd, idleMs, over: ctx.over };
          const agent = pool.commandOf(settings.agent);
          // With it comes the protocol's library, which a server without agents has no need of.
          const { takeTurn } = await import('./agent-turn.ts');
          return takeTurn(step, { pool, agent, place, message, history });
        });
        history.push({ message, outcome: last, error: null });
      } catch (error) {
        if (ctx.signal.aborted || !settings.chat) throw error;
        history.push({
          message,
          outcome: null,
          error: error instanceof Error ? error.message : String(error),
        });
      }
      if (!settings.chat) break;
      next = await ctx.ask({
        ...{ key: `message ${n + 1}`, prompt: 'Your next message', inputType: 'any' },
        ...{ idle: true, skipLabel: 'End' },
      });
    }
    const { output = '', stopReason = null } = last ?? {};
    return settings.chat
      ? { output, stopReason, conversation: history.flatMap(linesOf) }
      : { output, stopReason };
  };
}

function contentOf(given: Text): LlmContent {
  return typeof given === 'string' ? textContent(given) : given;
}

/** @throws Error when there is no such folder */
async function folderOf(path: string): Promise<string> {
  let real: string;
  try {
    real = await realpath(resolve(path));
  } catch (cause) {
    throw new Error(`configuration.cwd: there is no folder ${resolve(path)}`, { cause });
  }
  if (!(await stat(real)).isDirectory()) {
    throw new Error(`configuration.cwd: ${real} is no folder`);
  }
  return real;
}

function linesOf({ message, outcome, error }: Exchange) {
  const asked = { role: 'user', text: textOf(message) };
  return [
    asked,
    outcome === null ? { role: 'agent', error } : { role: 'agent', text: outcome.output },
  ];
}
