import type { EventOf } from './event.ts';
import type { Entry, NodeView, PromptEntry, SleepEntry, StepEntry } from './session-view.ts';

/** Holds an entry in its place while it changes. */
interface Box {
  entry: Entry;
}
export interface PromptBox {
  entry: PromptEntry;
}

/** What changes about a step. */
export type StepFacts = Partial<Omit<StepEntry, 'entries'>>;

/** A growing list of entries, of which the last text takes what follows it. */
abstract class EntryList {
  protected boxes: (Box | StepFold)[] = [];

  abstract touch(): void;

  add(entry: Entry): void {
    const last = this.boxes.at(-1);
    if (
      entry.kind === 'text' &&
      last !== undefined &&
      !(last instanceof StepFold) &&
      last.entry.kind === 'text'
    ) {
      last.entry = { ...last.entry, text: last.entry.text + entry.text };
      this.touch();
    } else {
      this.addBox({ entry });
    }
  }

  addBox(box: Box | StepFold): void {
    this.boxes.push(box);
    this.touch();
  }

  protected entries(): Entry[] {
    return this.boxes.map((box) => box.entry);
  }
}

/** The history of one node, growing. */
export class NodeFold extends EntryList {
  readonly steps = new Map<string, StepFold>();
  /** Those that are not over, by `op`; they stand below everything else. */
  readonly #sleeps = new Map<string, SleepEntry>();
  #facts: Omit<NodeView, 'entries'>;
  #snapshot: NodeView | null = null;

  constructor(id: string) {
    super();
    this.#facts = {
      id,
      startedAt: null,
      endedAt: null,
      outputs: null,
      error: null,
      skipped: null,
    };
  }

  set(facts: Partial<Omit<NodeView, 'entries'>>): void {
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
    const sleeps = this.#facts.endedAt === null ? [...this.#sleeps.values()] : [];
    this.#snapshot ??= { ...this.#facts, entries: [...this.entries(), ...sleeps] };
    return this.#snapshot;
  }
}

/** The history of one step of a node, growing; it is itself the box of its entry. */
export class StepFold extends EntryList {
  readonly #node: NodeFold;
  #facts: Omit<StepEntry, 'entries'>;
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
    this.#entry ??= { ...this.#facts, entries: this.entries() };
    return this.#entry;
  }

  set(facts: StepFacts): void {
    this.#facts = { ...this.#facts, ...facts };
    this.touch();
  }

  supersede(event: EventOf<'stepStart'>): void {
    this.#facts = { ...begun(event, this.#facts.key), error: this.#facts.error };
    this.boxes = this.boxes.filter((box) => box.entry.kind === 'prompt');
    this.touch();
  }

  override touch(): void {
    this.#entry = null;
    this.#node.touch();
  }
}

function begun(event: EventOf<'stepStart'>, key: string): Omit<StepEntry, 'entries'> {
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
