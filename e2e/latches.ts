import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 20;

/** The test's side of `nodes/latch.mjs`: sees a step begin, and lets it go on. */
export class Latches {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Lets every attempt of the step `name` pass, those under way and those to come. */
  async open(name: string): Promise<void> {
    await writeFile(join(this.directory, `${name}.open`), '');
  }

  /** The attempts of the step `name` that have begun, in order, over all restarts. */
  async begun(name: string): Promise<number[]> {
    try {
      const text = await readFile(join(this.directory, `${name}.begun`), 'utf8');
      return text.split('\n').filter(Boolean).map(Number);
    } catch {
      // No attempt has begun yet.
      return [];
    }
  }

  /** Waits until so many attempts of the step `name` have begun. */
  async reached(name: string, attempts = 1): Promise<void> {
    while ((await this.begun(name)).length < attempts) await wait(POLL_MS);
  }

  /** Waits until the code of a deaf step has gone on after its latch was opened. */
  async left(name: string): Promise<void> {
    await this.reached(`${name}.left`);
  }
}
