import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Why no program can be run on a terminal here; null when one can. */
export const noTerminal: string | null =
  process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
    ? null
    : 'These tests need the program `script` of util-linux, which gives a process a terminal.';

const ENDED = 'The program ended with ';

/** A program on a terminal of its own, with a person at it. */
export class PseudoTerminal {
  readonly #child: ChildProcess;
  #output = '';
  #seen = 0;
  #changed: () => void = () => undefined;

  constructor(command: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    // Not by the end of `script`, which does not always notice that of its child.
    const line = `stty cols 100 rows 40; ${words}; printf '\\n${ENDED}%s.\\n' "$?"`;
    this.#child = spawn('script', ['-qfec', line, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#changed();
    });
    this.#child.on('close', () => this.#changed());
  }

  /** All that was written to the terminal, without what moves the cursor and colours it. */
  get output(): string {
    return stripVTControlCharacters(this.#output).replaceAll('\r\n', '\n');
  }

  /** All of it, as it was written. */
  get raw(): string {
    return this.#output;
  }

  /** Waits until `text` is written behind what was waited for before; gives what came up to its end. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.output.indexOf(text, this.#seen);
      if (at >= 0) {
        const from = this.#seen;
        this.#seen = at + text.length;
        return this.output.slice(from, this.#seen);
      }
      if (this.#child.exitCode !== null) {
        throw new Error(`'${text}' was not written:\n${this.output}`);
      }
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** Presses these keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits for a question, then writes a line. */
  async answer(question: string, line: string): Promise<void> {
    await this.until(question);
    this.type(`${line}\r`);
  }

  /** The program's exit code, once it has ended. */
  async end(): Promise<number> {
    await this.until(ENDED);
    return Number.parseInt(await this.until('.'), 10);
  }

  /** Ends it whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
