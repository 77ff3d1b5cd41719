import { Answers } from './answers.ts';
import type { Connection } from './connection.ts';
import { SessionOver } from './errors.ts';
import { Outbox } from './outbox.ts';
import { ProducedNode, type KnownNode, type NodeHost } from './produced-node.ts';
import type { JsonObject, LogEvent, ProducedEvent } from './wire.ts';

export interface SessionParts {
  readonly connection: Connection;
  readonly sessionId: string;
  readonly producerId: string;
  readonly epoch: number;
  /** The number of the first batch. */
  readonly seq: number;
  /** Seconds; 0 for none. */
  readonly leaseSeconds: number;
  readonly maxWaiting: number;
  /** What the log holds already. */
  readonly log: readonly LogEvent[];
  /** Aborts with a reason when the session is over for this program. */
  readonly over: AbortController;
}

/** A session that this program writes. Events are stored in the order of the calls, exactly once. */
export class ProducedSession {
  readonly sessionId: string;
  readonly producerId: string;
  /** The life of the producer: a greater one fences this off. */
  readonly epoch: number;
  /**
   * Aborts when the session is over for this program, with the reason: a `SessionOver` when it was
   * cancelled, deleted or taken over, else what went wrong. It learns so with its next batch, heart-beat
   * or poll.
   */
  readonly signal: AbortSignal;
  readonly #over: AbortController;
  readonly #outbox: Outbox;
  readonly #answers: Answers;
  readonly #nodes = new Map<string, KnownNode>();
  /** The prompts that the log has, answered or not. */
  readonly #prompts = new Set<string>();
  readonly #host: NodeHost;

  constructor(parts: SessionParts) {
    const { connection, sessionId, producerId, epoch, seq, leaseSeconds, over } = parts;
    this.sessionId = sessionId;
    this.producerId = producerId;
    this.epoch = epoch;
    this.#over = over;
    this.signal = over.signal;
    const onEnd = (error: unknown) => over.abort(error);
    const { signal } = this;
    this.#outbox = new Outbox({
      ...{ connection, sessionId, seq, signal, onEnd, maxWaiting: parts.maxWaiting },
      turn: { producerId, epoch, lease: leaseSeconds },
    });
    this.#answers = new Answers({ connection, sessionId, signal, onEnd }, 0);
    for (const event of parts.log) this.#see(event);
    this.#host = {
      add: (event) => this.#outbox.add(event),
      prompt: async (event) => {
        const { interactionId } = event;
        const response = this.#answers.of(interactionId);
        // It may reject while room is waited for.
        response.catch(() => undefined);
        if (!this.#prompts.has(interactionId)) {
          this.#prompts.add(interactionId);
          await this.#outbox.add(event, (lastIndex) => this.#answers.skipTo(lastIndex));
        }
        return response;
      },
    };
  }

  /**
   * Starts a node, unless the log says that it has started. Its `outputs` are there when it has ended in
   * an earlier life of the program.
   */
  async node(id: string, { title }: { readonly title?: string } = {}): Promise<ProducedNode> {
    const known = this.#nodes.get(id) ?? { outputs: null };
    const node = new ProducedNode(id, this.#host, known);
    if (this.#nodes.has(id)) return node;
    this.#nodes.set(id, known);
    await this.emit({ type: 'nodeStart', nodeId: id, ...(title === undefined ? {} : { title }) });
    return node;
  }

  /**
   * Adds any event. Resolves at once, or when there is room: at most about `maxWaiting` characters wait
   * to be sent.
   * @throws SessionOver, or the ReattachError with which the server refused an earlier event
   */
  emit(event: ProducedEvent): Promise<void> {
    return this.#outbox.add(event);
  }

  /** Resolves when all events so far are stored. @throws as `emit` */
  flush(): Promise<void> {
    return this.#outbox.flush();
  }

  /** Ends the run well. `outputs` are those of the last nodes unless given. */
  async complete(outputs?: JsonObject): Promise<void> {
    await this.emit({ type: 'graphComplete', ...(outputs === undefined ? {} : { outputs }) });
    await this.flush();
    this.#over.abort(new SessionOver('completed'));
  }

  /** Ends the run with an error. */
  async fail(error: string): Promise<void> {
    await this.emit({ type: 'graphError', error });
    await this.flush();
    this.#over.abort(new SessionOver('failed'));
  }

  /**
   * Stores what was added and lets go of the session, which stays as it is: `continueSession` goes on
   * with it, here or elsewhere. Its silence is no lost contact.
   */
  async detach(): Promise<void> {
    await this.#outbox.release();
    this.#over.abort(new SessionOver('detached'));
  }

  #see(event: LogEvent): void {
    this.#answers.see(event);
    const { type, nodeId, interactionId } = event;
    if (type === 'nodeStart' && nodeId !== undefined) this.#nodes.set(nodeId, { outputs: null });
    if (type === 'inputRequired' && interactionId !== undefined) this.#prompts.add(interactionId);
    const node = nodeId === undefined ? undefined : this.#nodes.get(nodeId);
    if (type === 'nodeEnd' && node !== undefined) node.outputs = event.outputs ?? {};
  }
}
