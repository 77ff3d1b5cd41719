import {
  createInterface,
  cursorTo,
  moveCursor,
  clearScreenDown,
  type Interface,
} from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

/** A question was taken back: it need not be answered any more. */
export class TakenBack extends Error {
  override readonly name = 'TakenBack';
}

/** A terminal on which the log goes on above the line that a person is writing. */
export class Terminal {
  readonly #output: WriteStream;
  readonly #lines: Interface;
  #question: { readonly answer: (line: string) => void } | null = null;

  /** @param onLeave is called for Ctrl-C and Ctrl-D */
  constructor(input: ReadStream, output: WriteStream, onLeave: () => void) {
    this.#output = output;
    this.#lines = createInterface({ input, output, terminal: true, prompt: '' });
    this.#lines.on('SIGINT', onLeave);
    this.#lines.on('close', onLeave);
    this.#lines.on('line', (line) => this.#question?.answer(line));
  }

  /** Writes, above the question if one is open; true: that has ended the line. */
  write(text: string): boolean {
    if (this.#question === null) {
      this.#output.write(text);
      return false;
    }
    const { rows } = this.#lines.getCursorPos();
    cursorTo(this.#output, 0);
    if (rows > 0) moveCursor(this.#output, 0, -rows);
    clearScreenDown(this.#output);
    this.#output.write(text.endsWith('\n') ? text : `${text}\n`);
    this.#lines.prompt(true);
    return true;
  }

  /**
   * The line that is written behind `query`.
   * @throws TakenBack when `signal` aborts before; what was written is off the screen then
   */
  ask(query: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#question = null;
        this.#lines.setPrompt('');
        signal.removeEventListener('abort', takeBack);
      };
      const takeBack = () => {
        // Clears what was typed for this question and would else be part of the next answer.
        this.#lines.write(null, { ctrl: true, name: 'e' });
        this.#lines.write(null, { ctrl: true, name: 'u' });
        end();
        cursorTo(this.#output, 0);
        clearScreenDown(this.#output);
        reject(new TakenBack());
      };
      if (signal.aborted) {
        reject(new TakenBack());
        return;
      }
      this.#question = {
        answer: (line) => {
          end();
          resolve(line);
        },
      };
      signal.addEventListener('abort', takeBack);
      this.#lines.setPrompt(query);
      this.#lines.prompt();
    });
  }

  close(): void {
    this.#lines.removeAllListeners('close');
    this.#lines.close();
  }
}
