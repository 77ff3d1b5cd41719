import { randomUUID } from 'node:crypto';
import { methods, RequestError, type ClientApp } from '@agentclientprotocol/sdk';
import { insideOf } from './agent-files.ts';
import { KeptProcess, type Ending } from './kept-process.ts';

/** The output of a command that is kept unless its agent wants less. */
const MOST_BYTES = 1024 * 1024;

interface Terminal {
  readonly process: KeptProcess;
  output: string;
  truncated: boolean;
  ending: Ending | null;
}

/** Runs the commands of an agent, begun in one folder or below it. They end with their agent. */
export class AgentTerminals {
  readonly #folder: string;
  readonly #terminals = new Map<string, Terminal>();

  /** `folder` has no links in it. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  serve(app: ClientApp): void {
    const { terminal } = methods.client;
    app
      .onRequest(terminal.create, async ({ params }) => {
        const { command, args = [], env = [], outputByteLimit } = params;
        const process = new KeptProcess({
          words: [command, ...args],
          // A command without arguments is a line as one types it.
          inShell: args.length === 0,
          cwd: await insideOf(this.#folder, params.cwd ?? this.#folder),
          env: Object.fromEntries(env.map(({ name, value }) => [name, value])),
        });
        return { terminalId: this.#add(process, outputByteLimit ?? MOST_BYTES) };
      })
      .onRequest(terminal.output, ({ params }) => {
        const { output, truncated, ending } = this.#get(params.terminalId);
        return { output, truncated, exitStatus: ending === null ? null : statusOf(ending) };
      })
      .onRequest(terminal.waitForExit, async ({ params }) =>
        statusOf(await this.#get(params.terminalId).process.ended),
      )
      .onRequest(terminal.kill, async ({ params }) => {
        await this.#get(params.terminalId).process.stop();
        return {};
      })
      .onRequest(terminal.release, async ({ params }) => {
        const { process } = this.#get(params.terminalId);
        this.#terminals.delete(params.terminalId);
        await process.stop();
        return {};
      });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#terminals.values()].map(({ process }) => process.stop()));
  }

  #add(process: KeptProcess, limit: number): string {
    const id = randomUUID();
    const terminal: Terminal = { process, output: '', truncated: false, ending: null };
    this.#terminals.set(id, terminal);
    const take = (text: string) => {
      const output = terminal.output + text;
      terminal.output = limit === 0 ? '' : output.slice(-limit);
      terminal.truncated ||= output.length > terminal.output.length;
    };
    process.stdin.end();
    process.stdout.setEncoding('utf8').on('data', take);
    process.stderr.on('data', take);
    void process.ended.then((ending) => {
      terminal.ending = ending;
    });
    return id;
  }

  #get(id: string): Terminal {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) throw new RequestError(-32_602, `There is no terminal '${id}'.`);
    return terminal;
  }
}

function statusOf({ code, signal, error }: Ending) {
  return { exitCode: error === null ? code : 127, signal };
}
