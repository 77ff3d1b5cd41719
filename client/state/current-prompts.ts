import type { OpenPrompt, SessionStatusReport } from '../../shared/session.ts';
import { isFinal } from '../../shared/session.ts';
import type { PromptState, SessionState } from '../../shared/session-state.ts';

/**
 * The prompts that are open now, as far as it can be known while the log is still being replayed:
 * those that the status told of, less those that have closed since. Until the session's graph is
 * known there are none.
 *
 * @param opened the ids of all the prompts that the log has opened so far
 */
export function currentPrompts(
  report: SessionStatusReport | null,
  state: SessionState,
  opened: ReadonlySet<string>,
): ReadonlyMap<string, PromptState> {
  if (report === null || state.nodes.size === 0 || isFinal(state.status)) return new Map();
  return new Map(
    report.openPrompts.flatMap((prompt): [string, PromptState][] => {
      const { interactionId } = prompt;
      const known = state.prompts.get(interactionId);
      if (known !== undefined) return [[interactionId, known]];
      return opened.has(interactionId) ? [] : [[interactionId, stateOf(prompt)]];
    }),
  );
}

function stateOf({ interactionId, nodeId, kind, prompt, idle = false }: OpenPrompt): PromptState {
  const suspendEvent = prompt === null ? undefined : { [kind]: prompt };
  // The operation, the deadline and what is answered then are the log’s to tell.
  return {
    interactionId,
    nodeId,
    op: '',
    suspendEvent,
    expiresAt: null,
    fallback: undefined,
    idle,
  };
}
