import type { EventBody } from '../shared/event.ts';
import type { GraphSource } from '../shared/graph.ts';
import type { JsonObject } from '../shared/json.ts';
import { textContent, toSuspendEvent, type Prompt } from '../shared/prompt.ts';
import type { SessionStatus } from '../shared/session.ts';
import { operationOf, type SessionLog } from './session-log.ts';

/** The kinds of prompt that a session can wait on. */
export type PromptKind = 'form' | 'question' | 'choice' | 'consent';

/** The nodes of a ready session: one that emits, one that asks or works, and the output. */
const NOTES = 'notes';
const WORK = 'work';
const RESULT = 'result';

/** The title of the node that asks or works. */
export const WORK_TITLE = 'Work';

interface Work {
  readonly type: string;
  readonly configuration: JsonObject;
  readonly prompt: Prompt | null;
}

/** An hour: what a session that is `running` sleeps. */
const WORK_MS = 3_600_000;

const schema = {
  type: 'object',
  properties: { name: { type: 'string', title: 'Name' }, age: { type: 'integer', title: 'Age' } },
  required: ['name'],
};
const choices = [
  { id: 'red', content: 'Red' },
  { id: 'blue', content: 'Blue' },
];

const works: Readonly<Record<PromptKind | 'none', Work>> = {
  form: {
    type: 'input',
    configuration: { schema },
    prompt: { kind: 'inputNode', payload: { schema } },
  },
  question: {
    type: 'ask',
    configuration: { prompt: 'What is it called?' },
    prompt: {
      kind: 'waitForInput',
      payload: { inputType: 'text', prompt: textContent('What is it called?') },
    },
  },
  choice: {
    type: 'choice',
    configuration: { prompt: 'Which colour?', choices },
    prompt: {
      kind: 'waitForChoice',
      payload: {
        prompt: textContent('Which colour?'),
        choices: choices.map(({ id, content }) => ({ id, content: textContent(content) })),
        selectionMode: 'single',
      },
    },
  },
  consent: {
    type: 'consent',
    configuration: { prompt: 'May it be kept?' },
    prompt: {
      kind: 'queryConsent',
      payload: { consentType: 'general', prompt: textContent('May it be kept?') },
    },
  },
  none: { type: 'delay', configuration: { ms: WORK_MS }, prompt: null },
};

/** The graph of a ready session: some notes, something to do, an output. */
export function readyGraph(title: string, prompt: PromptKind | 'none'): GraphSource {
  const { type, configuration } = works[prompt];
  return {
    title,
    nodes: [
      { id: NOTES, type: 'script', configuration: { events: [] }, metadata: { title: 'Notes' } },
      { id: WORK, type, configuration, metadata: { title: WORK_TITLE } },
      { id: RESULT, type: 'output', metadata: { title: 'Result' } },
    ],
    edges: [
      { from: NOTES, to: WORK },
      { from: WORK, to: RESULT },
    ],
  };
}

export interface ReadyLog {
  readonly status: SessionStatus;
  readonly prompt: PromptKind | 'none';
  /** How many events there are at least. */
  readonly events: number;
  /** The id of its one prompt, if it has one. */
  readonly interactionId: string;
}

/** Writes a log that ends in a status. */
export function writeReadyLog(log: SessionLog, ready: ReadyLog): void {
  const ending = endingOf(log, ready);
  log.start(NOTES);
  const notes = Math.max(0, ready.events - log.length - ending.length);
  for (let n = 0; n < notes; n += 1) log.emit(NOTES, { content: `Note ${n}. ` });
  for (const event of ending) log.add(event);
}

/** What follows the notes. */
function endingOf(log: SessionLog, { status, prompt: kind, interactionId }: ReadyLog): EventBody[] {
  const { sessionId } = log.record;
  const { prompt } = works[kind];
  const begun: EventBody[] = [
    { type: 'nodeEnd', nodeId: NOTES, outputs: { output: null } },
    { type: 'nodeStart', nodeId: WORK },
  ];
  const op = prompt === null ? 'sleep:sleep:0' : operationOf(prompt);
  const waiting: EventBody =
    prompt === null
      ? { type: 'sleepStart', nodeId: WORK, op, until: log.time + WORK_MS / 1000 }
      : {
          ...{ type: 'inputRequired', nodeId: WORK, op, interactionId },
          suspendEvent: toSuspendEvent(prompt),
        };
  switch (status) {
    case 'running':
    case 'suspended':
      return [...begun, waiting];
    case 'failed': {
      const error = 'The work could not be done.';
      return [
        ...begun,
        { type: 'nodeError', nodeId: WORK, error },
        { type: 'nodeSkipped', nodeId: RESULT, reason: `Node '${WORK}' failed.` },
        { type: 'graphError', sessionId, error },
      ];
    }
    case 'cancelled': {
      const reason = 'the run was cancelled';
      const withdrawn: EventBody = { type: 'inputWithdrawn', nodeId: WORK, interactionId, reason };
      const cancelled: EventBody = { type: 'graphCancelled', sessionId };
      return [...begun, waiting, ...(prompt === null ? [] : [withdrawn]), cancelled];
    }
    case 'completed': {
      const outputs = { output: 'done' };
      return [
        ...begun,
        waiting,
        prompt === null
          ? { type: 'sleepEnd', nodeId: WORK, op }
          : {
              ...{ type: 'inputResolved', nodeId: WORK, interactionId },
              response: answers[prompt.kind],
            },
        { type: 'nodeEnd', nodeId: WORK, outputs },
        { type: 'nodeStart', nodeId: RESULT },
        { type: 'nodeEnd', nodeId: RESULT, outputs },
        { type: 'graphComplete', sessionId, outputs: { [RESULT]: outputs } },
      ];
    }
  }
}

const answers: Readonly<Record<Prompt['kind'], JsonObject>> = {
  inputNode: { name: 'Ada' },
  waitForInput: { input: { role: 'user', parts: [{ text: 'Ada' }] } },
  waitForChoice: { selected: { ids: ['red'] } },
  queryConsent: { consent: true },
};
