import type { Channel, Hold, HoldOptions, TabRealm } from './tab-realm.ts';

interface Line {
  readonly tab: string;
  readonly name: string;
  readonly hear: (message: unknown) => void;
  readonly waiting: unknown[];
  open: boolean;
}

interface Claim {
  readonly tab: string;
  grant: (hold: Hold) => void;
  over: () => void;
}

/**
 * Locks and channels of a browser with any number of tabs. What is said is heard when the test says
 * so, each line in its order; a tab can be killed, and frozen.
 */
export class TabsWorld {
  /** As where the browser keeps nothing for a page. */
  refuseLocks = false;
  readonly #lines: Line[] = [];
  readonly #locks = new Map<string, { holder: Claim; queue: Claim[] }>();
  readonly #dead = new Set<string>();
  /** What becomes of the locks of frozen tabs, to be told when they wake. */
  readonly #frozen = new Map<string, (() => void)[]>();
  #ids = 0;

  /** What the tab `name` sees of it. */
  realm(tab: string): TabRealm {
    return {
      newId: () => `${tab}-${(this.#ids += 1)}`,
      hold: (name, options) => this.#hold(tab, name, options),
      channel: (name, hear) => this.#channel(tab, name, hear),
    };
  }

  /** Ends a tab as a crash does. */
  kill(tab: string): void {
    this.#dead.add(tab);
    for (const [name, lock] of [...this.#locks]) {
      lock.queue = lock.queue.filter((claim) => claim.tab !== tab);
      if (lock.holder.tab === tab) this.#next(name);
    }
  }

  /** A frozen tab hears nothing, keeps its locks, and learns later what becomes of them. */
  freeze(tab: string): void {
    if (!this.#frozen.has(tab)) this.#frozen.set(tab, []);
  }

  thaw(tab: string): void {
    const news = this.#frozen.get(tab) ?? [];
    this.#frozen.delete(tab);
    for (const tell of news) tell();
  }

  /** What is said and not heard by tabs that could. */
  get unheard(): number {
    return this.#ready().reduce((sum, line) => sum + line.waiting.length, 0);
  }

  /** How many characters wait to be heard by a tab. */
  waitingFor(tab: string): number {
    return this.#lines
      .filter((line) => line.tab === tab && line.open)
      .reduce((sum, { waiting }) => sum + JSON.stringify(waiting).length, 0);
  }

  /** Lets one message be heard; `pick` chooses among the lines that have one. */
  hearOne(pick = 0): void {
    const ready = this.#ready();
    const line = ready[pick % Math.max(1, ready.length)];
    const message = line?.waiting.shift();
    if (line !== undefined && message !== undefined) line.hear(message);
  }

  #ready(): Line[] {
    return this.#lines.filter(
      ({ open, tab, waiting }) =>
        open && waiting.length > 0 && !this.#frozen.has(tab) && !this.#dead.has(tab),
    );
  }

  #channel(tab: string, name: string, hear: (message: unknown) => void): Channel {
    const line: Line = { tab, name, hear, waiting: [], open: true };
    this.#lines.push(line);
    return {
      post: (message) => {
        if (!line.open) throw new Error('The channel is closed.');
        if (this.#dead.has(tab)) return;
        for (const other of this.#lines) {
          if (other !== line && other.name === name && other.open) {
            other.waiting.push(structuredClone(message));
          }
        }
      },
      close: () => {
        line.open = false;
        this.#lines.splice(this.#lines.indexOf(line), 1);
      },
    };
  }

  #hold(tab: string, name: string, { signal, steal = false }: HoldOptions): Promise<Hold | null> {
    return new Promise((resolve, reject) => {
      if (this.refuseLocks) reject(new Error('No locks are to be had.'));
      if (this.#dead.has(tab) || this.refuseLocks) return;
      if (signal.aborted && !steal) {
        resolve(null);
        return;
      }
      const claim: Claim = { tab, grant: resolve, over: () => undefined };
      const lock = this.#locks.get(name);
      if (lock !== undefined && !steal) {
        lock.queue.push(claim);
        signal.addEventListener('abort', () => {
          if (!lock.queue.includes(claim)) return;
          lock.queue.splice(lock.queue.indexOf(claim), 1);
          resolve(null);
        });
        return;
      }
      if (lock !== undefined) this.#tell(lock.holder.tab, () => lock.holder.over());
      this.#give(name, claim, lock?.queue ?? []);
    });
  }

  #give(name: string, claim: Claim, queue: Claim[]): void {
    this.#locks.set(name, { holder: claim, queue });
    const over = new Promise<void>((resolve) => (claim.over = resolve));
    const release = () => {
      if (this.#locks.get(name)?.holder === claim) this.#next(name);
    };
    this.#tell(claim.tab, () => claim.grant({ release, over }));
  }

  #tell(tab: string, news: () => void): void {
    const later = this.#frozen.get(tab);
    if (later === undefined) news();
    else later.push(news);
  }

  #next(name: string): void {
    const lock = this.#locks.get(name);
    if (lock === undefined) return;
    this.#locks.delete(name);
    lock.holder.over();
    const [next, ...queue] = lock.queue;
    if (next !== undefined) this.#give(name, next, queue);
  }
}
