import type { EventOf } from './event.ts';
import { EntryList, type EntryBox } from './entry-list.ts';
import type { EntryBlock, NodeView, PromptEntry, SleepEntry, StepEntry } from './session-view.ts';

/** Holds a prompt in its place while it changes. */
export interface PromptBox extends EntryBox {
  entry: PromptEntry;
}

/** What changes about a step. */
export type StepFacts = Partial<Omit<StepEntry, 'blocks'>>;

/** The history of one node, growing. */
export class NodeFold extends EntryList {
  readonly steps = new Map<string, StepFold>();
  /** Those that are not over, by `op`; they stand below everything else. */
  readonly #sleeps = new Map<string, SleepEntry>();
  #facts: Omit<NodeView, 'blocks'>;
  #snapshot: NodeView | null = null;

  constructor(id: string, index: number) {
    super();
    this.#facts = {
      id,
      index,
      startedAt: null,
      endedAt: null,
      outputs: null,
      error: null,
      skipped: null,
    };
  }

  set(facts: Partial<Omit<NodeView, 'blocks'>>): void {
    this.#facts = { ...this.#facts, ...facts };
    this.touch();
  }

  addStep(event: EventOf<'stepStart'>): void {
    const step = new StepFold(this, event);
    this.steps.set(event.op, step);
    this.addBox(step);
  }

  addSleep(op: string, entry: SleepEntry): void {
    this.#sleeps.set(op, entry);
    this.touch();
  }

  endSleep(op: string): void {
    if (this.#sleeps.delete(op)) this.touch();
  }

  override touch(): void {
    this.#snapshot = null;
  }

  snapshot(): NodeView {
    this.#snapshot ??= { ...this.#facts, blocks: [...this.blocks(), ...this.#sleepers()] };
    return this.#snapshot;
  }

  #sleepers(): EntryBlock[] {
    if (this.#facts.endedAt !== null || this.#sleeps.size === 0) return [];
    const entries = [...this.#sleeps.values()];
    return [{ key: 'sleeps', entries, lines: entries.length }];
  }
}

/** The history of one step of a node, growing; it is itself the box of its entry. */
export class StepFold extends EntryList implements EntryBox {
  block?: number;
  readonly #node: NodeFold;
  #facts: Omit<StepEntry, 'blocks'>;
  #entry: StepEntry | null = null;

  constructor(node: NodeFold, event: EventOf<'stepStart'>) {
    super();
    this.#node = node;
    this.#facts = begun(event, String(event.index));
  }

  get attempt(): number {
    return this.#facts.attempt;
  }

  get entry(): StepEntry {
    this.#entry ??= { ...this.#facts, blocks: this.blocks() };
    return this.#entry;
  }

  set(facts: StepFacts): void {
    this.#facts = { ...this.#facts, ...facts };
    this.touch();
  }

  supersede(event: EventOf<'stepStart'>): void {
    this.#facts = { ...begun(event, this.#facts.key), error: this.#facts.error };
    this.keepOnly('prompt');
    this.touch();
  }

  override touch(): void {
    this.#entry = null;
    this.#node.boxChanged(this);
  }
}

function begun(event: EventOf<'stepStart'>, key: string): Omit<StepEntry, 'blocks'> {
  return {
    kind: 'step',
    key,
    name: event.step,
    attempt: event.attempt,
    state: 'running',
    startedAt: event.time,
    endedAt: null,
    error: null,
    retryAt: null,
  };
}
