/** Where text goes; says whether it ended the line by itself. */
export type Sink = (text: string) => boolean;

/** Writes texts that grow, and lines that begin at their beginning. */
export class LineWriter {
  readonly #sink: Sink;
  #midLine = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Whether the last line has not ended. */
  get midLine(): boolean {
    return this.#midLine;
  }

  write(text: string): void {
    if (text === '') return;
    this.#midLine = !this.#sink(text) && !text.endsWith('\n');
  }

  line(text: string): void {
    this.endLine();
    this.#sink(`${text.trimEnd()}\n`);
  }

  endLine(): void {
    if (this.#midLine) this.#sink('\n');
    this.#midLine = false;
  }
}
