import type { SessionEvent } from '../../../shared/event.ts';
import { isFinal } from '../../../shared/session.ts';
import { evolve, initialState } from '../../../shared/session-state.ts';
import { misplaced } from '../misplaced.ts';
import { faultsOfStreams } from './check-streams.testing.ts';

/** Everything that the log of a session that has ended must not say, in sentences; none if all is well. */
export function faultsOfLog(log: readonly SessionEvent[]): string[] {
  const faults: string[] = [];
  const once = new Set<string>();
  const onlyOnce = (what: string) => {
    if (once.has(what)) faults.push(`twice: ${what}`);
    once.add(what);
  };
  /** Of each step, the attempt begun last and whether it goes on. */
  const steps = new Map<string, { attempt: number; goesOn: boolean; over: boolean }>();
  const prompts = new Map<string, { nodeId: string; op: string; closed: boolean }>();
  const attemptOf = (event: { nodeId: string; op: string }) => {
    const key = `${event.nodeId} ${event.op}`;
    const step = steps.get(key) ?? { attempt: 0, goesOn: false, over: false };
    steps.set(key, step);
    return step;
  };
  let time = 0;
  for (const [place, event] of log.entries()) {
    const at = `event ${place} (${event.type})`;
    if (event.index !== place) faults.push(`${at} has the index ${event.index}`);
    if (event.time < time) faults.push(`${at} is earlier than the one before`);
    time = event.time;
    switch (event.type) {
      case 'graphStart':
      case 'graphComplete':
      case 'graphError':
      case 'graphCancelled':
        onlyOnce(event.type === 'graphStart' ? 'the start' : 'the end');
        break;
      case 'nodeStart':
        onlyOnce(`start of ${event.nodeId}`);
        break;
      case 'nodeEnd':
      case 'nodeError':
      case 'nodeSkipped':
        onlyOnce(`end of ${event.nodeId}`);
        break;
      case 'stepStart': {
        const step = attemptOf(event);
        if (step.over) faults.push(`${at} begins ${event.op} again after its end`);
        if (event.attempt !== step.attempt + 1) {
          faults.push(`${at} is attempt ${event.attempt} after attempt ${step.attempt}`);
        }
        step.attempt = event.attempt;
        step.goesOn = true;
        break;
      }
      case 'stepEnd':
      case 'stepError': {
        const step = attemptOf(event);
        // The tenth attempt that was cut short in a row fails without running.
        if (event.attempt !== step.attempt || !step.goesOn) {
          faults.push(`${at} ends attempt ${event.attempt} of ${event.op}, which does not go on`);
        }
        step.goesOn = false;
        step.over = event.type === 'stepEnd' || event.final;
        break;
      }
      case 'sleepStart':
        onlyOnce(`start of ${event.nodeId} ${event.op}`);
        break;
      case 'sleepEnd':
        onlyOnce(`end of ${event.nodeId} ${event.op}`);
        break;
      case 'agentEvent':
      case 'thoughtEvent': {
        const said = JSON.stringify(event.type === 'agentEvent' ? event.event : event.text);
        if (said.includes('too late')) faults.push(`${at} came past the fence`);
        if (event.op === undefined) onlyOnce(`${event.nodeId} ${event.type} ${said}`);
        else {
          const step = attemptOf({ nodeId: event.nodeId, op: event.op });
          if (!step.goesOn || step.attempt !== event.attempt) {
            faults.push(`${at} belongs to attempt ${event.attempt ?? 0}, which does not go on`);
          }
          onlyOnce(`${event.nodeId} ${event.op} ${event.attempt ?? 0} ${event.type} ${said}`);
        }
        break;
      }
      case 'contactLost':
      case 'contactRegained':
        faults.push(`${at} is of a session that the server ran itself`);
        break;
      case 'memory': {
        const step = attemptOf(event);
        if (!step.goesOn || step.attempt !== event.attempt) {
          faults.push(`${at} belongs to attempt ${event.attempt}, which does not go on`);
        }
        // What is forgotten goes in the commit that ends the attempt.
        const next = log[event.index + 1];
        if (event.value === undefined && next?.type !== 'stepEnd' && next?.type !== 'stepError') {
          faults.push(`${at} forgets and does not end`);
        }
        break;
      }
      case 'inputRequired': {
        const { nodeId, op, interactionId } = event;
        onlyOnce(`prompt ${interactionId}`);
        if (!op.startsWith('step:')) onlyOnce(`prompt of ${nodeId} ${op}`);
        else if (!attemptOf({ nodeId, op }).goesOn) faults.push(`${at}: its step does not go on`);
        prompts.set(interactionId, { nodeId, op, closed: false });
        break;
      }
      case 'inputResolved':
      case 'inputWithdrawn': {
        const prompt = prompts.get(event.interactionId);
        if (prompt === undefined) faults.push(`${at} closes a prompt that never was`);
        else if (prompt.closed) faults.push(`${at} closes ${event.interactionId} again`);
        else prompt.closed = true;
        break;
      }
    }
  }
  faults.push(...faultsOfStreams(log));
  let state = initialState;
  for (const event of log) {
    // What an import refuses must not be what a run writes.
    const why = misplaced(state, event);
    if (why !== null) faults.push(`event ${event.index} (${event.type}) is misplaced: ${why}`);
    state = evolve(state, event);
  }
  const { status } = state;
  if (!isFinal(status)) faults.push(`the session is ${status} for ever`);
  for (const [interactionId, { closed }] of prompts) {
    if (!closed) faults.push(`the prompt ${interactionId} was never closed`);
  }
  return faults;
}
