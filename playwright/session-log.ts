import type { EventBody } from '../shared/event.ts';
import { graphDescriptor, outlineOf, type GraphSource } from '../shared/graph.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { toSuspendEvent, type Prompt } from '../shared/prompt.ts';

/** What a session was started with. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly graphId: string;
  readonly graph: GraphSource;
  readonly title: string;
  readonly mode: 'interactive' | 'headless';
  readonly inputs: JsonObject;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** How often each event is later than the one before, in seconds. */
const STEP_SECONDS = 0.001;

/**
 * Writes the log of a session that never ran, an event a call. The server that imports it refuses a log
 * that no run could have written, and says what is wrong with which line.
 */
export class SessionLog {
  readonly record: SessionRecord;
  readonly #lines: string[] = [];
  #time: number;

  constructor(record: SessionRecord) {
    this.record = record;
    this.#time = record.createdAt;
    const { sessionId, graphId, mode } = record;
    const graph = outlineOf(graphDescriptor.parse(record.graph));
    this.add({ type: 'graphStart', sessionId, graphId, mode, graph });
  }

  /** How many events there are. */
  get length(): number {
    return this.#lines.length;
  }

  /** The time of the last event, in Unix seconds. */
  get time(): number {
    return this.#time;
  }

  /** Any event, as PROTOCOL.md tells of it; index and time are added. */
  add(event: EventBody): this {
    const index = this.#lines.length;
    if (index > 0) this.#time += STEP_SECONDS;
    // The stamp goes into the text: to copy each event would cost as much as to write it.
    this.#lines.push(
      `${JSON.stringify(event).slice(0, -1)},"index":${index},"time":${this.#time}}`,
    );
    return this;
  }

  /** Lets time pass before the next event. */
  pass(seconds: number): this {
    this.#time += seconds;
    return this;
  }

  /** A node starts. */
  start(nodeId: string): this {
    return this.add({ type: 'nodeStart', nodeId });
  }

  /** A node that runs emits an agent event. */
  emit(nodeId: string, event: JsonObject): this {
    return this.add({ type: 'agentEvent', nodeId, event });
  }

  /**
   * A node that runs asks. Its handler finds the prompt as its own when it makes the same one first; of
   * the built-in types, `input`, `ask`, `choice` and `consent` do.
   */
  ask(nodeId: string, interactionId: string, prompt: Prompt): this {
    return this.add({
      ...{ type: 'inputRequired', nodeId, interactionId },
      op: operationOf(prompt),
      suspendEvent: toSuspendEvent(prompt),
    });
  }

  /** A prompt is answered. */
  answer(nodeId: string, interactionId: string, response: Json): this {
    return this.add({ type: 'inputResolved', nodeId, interactionId, response });
  }

  /** A node that runs ends, with these values on its ports. */
  end(nodeId: string, outputs: JsonObject): this {
    return this.add({ type: 'nodeEnd', nodeId, outputs });
  }

  /** All of it as an export: the record, then the events, a line each. */
  toString(): string {
    const header = {
      ...{ format: 'reattach-session', version: 1, ...this.record },
      graph: graphDescriptor.parse(this.record.graph),
      lastIndex: this.#lines.length - 1,
    };
    return [JSON.stringify(header), ...this.#lines, ''].join('\n');
  }
}

/** The first operation of a handler that asks with such a prompt. */
export function operationOf({ kind }: Prompt): string {
  return operations[kind];
}

const operations: Readonly<Record<Prompt['kind'], string>> = {
  inputNode: 'form:form:0',
  waitForInput: 'ask:ask:0',
  waitForChoice: 'choose:choose:0',
  queryConsent: 'consent:consent:0',
};
