import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { GraphListing } from '../../shared/api.ts';
import { messageOf } from './message-of.ts';

/** The graphs that can be picked. */
export interface GraphsModel {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly graphs: readonly GraphListing[];
  readonly error: string | null;
}

/** Keeps the list of graphs. There is no feed of them: it is read again when it may matter. */
export class GraphPicker {
  readonly model = signal<GraphsModel>({ phase: 'loading', graphs: [], error: null });
  readonly #api: ApiClient;
  #latest = 0;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Whether the server has a graph of this id to run. */
  offers(graphId: string | null): boolean {
    return this.model.get().graphs.some((graph) => graph.graphId === graphId && graph.offered);
  }

  /** Reads the graphs; of two readings under way the one that began last counts. */
  async refresh(): Promise<void> {
    const turn = ++this.#latest;
    try {
      const graphs = await this.#api.graphs();
      if (turn === this.#latest) this.model.set({ phase: 'ready', graphs, error: null });
    } catch (error) {
      if (turn !== this.#latest) return;
      const { graphs, phase } = this.model.get();
      this.model.set({
        phase: phase === 'ready' ? 'ready' : 'failed',
        graphs,
        error: messageOf(error),
      });
    }
  }
}
