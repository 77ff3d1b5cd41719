/**
 * The lives of nodes in this server: longer than a run of a handler, which is let go while a session
 * rests, and over when nothing of the node will run any more.
 */
export class Lifetimes {
  readonly #sessions = new Map<string, Map<string, AbortController>>();

  /** Aborts when the node is over. */
  signalOf(sessionId: string, nodeId: string): AbortSignal {
    let nodes = this.#sessions.get(sessionId);
    if (nodes === undefined)
      this.#sessions.set(sessionId, (nodes = new Map<string, AbortController>()));
    let life = nodes.get(nodeId);
    if (life === undefined) nodes.set(nodeId, (life = new AbortController()));
    return life.signal;
  }

  /** One node of a session is over; without a node, all of them are. */
  end(sessionId: string, nodeId?: string): void {
    const nodes = this.#sessions.get(sessionId);
    for (const [id, life] of nodes ?? []) {
      if (nodeId !== undefined && id !== nodeId) continue;
      nodes?.delete(id);
      life.abort();
    }
    if (nodes?.size === 0) this.#sessions.delete(sessionId);
  }

  endAll(): void {
    for (const sessionId of [...this.#sessions.keys()]) this.end(sessionId);
  }
}
