import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findProxy } from '../scripts/find-proxy.mjs';

export type ProxyKind = 'nginx' | 'haproxy';

export interface ProxyOptions {
  /** A directory for its files. */
  readonly directory: string;
  /** Of the server behind it. */
  readonly serverPort: number;
  /** After so much silence it cuts a connection: such as `60s`, which is what the page shows. */
  readonly timeout: string;
}

const PAGE = new URL('../docs/embedding.md', import.meta.url);

/** A proxy process with the configuration that docs/embedding.md shows, on a port of its own. */
export class ProxyProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** The address of the panel behind it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/runs/`;
  }

  /** @throws Error with its output when it ends instead of listening */
  static async start(kind: ProxyKind, options: ProxyOptions): Promise<ProxyProcess> {
    const executable = findProxy(kind);
    if (executable === null) throw new Error(`${kind} is not installed.`);
    const { directory, serverPort, timeout } = options;
    const port = await freePort();
    await mkdir(directory, { recursive: true });
    const shown = (await shownConfiguration(kind))
      .replace('127.0.0.1:4600', `127.0.0.1:${serverPort}`)
      .replace(
        /(listen |bind :)8080/,
        (_, word: string) => `${word.trim().replace(':', '').trim()} 127.0.0.1:${port}`,
      )
      .replaceAll('60s', timeout);
    const file = join(directory, `${kind}.conf`);
    await writeFile(file, kind === 'nginx' ? aroundNginx(shown, directory) : `${shown}\n`);
    const args =
      kind === 'nginx' ? ['-c', file, '-p', directory, '-e', 'stderr'] : ['-db', '-f', file];
    const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${kind} ended before it listened:\n${output}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ended, listening(port)]);
    return new ProxyProcess(port, child);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** The block of this language on the page. */
async function shownConfiguration(kind: ProxyKind): Promise<string> {
  const page = await readFile(PAGE, 'utf8');
  const [, block] = new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (block === undefined) throw new Error(`docs/embedding.md shows no configuration of ${kind}.`);
  return block;
}

/** What Debian's nginx.conf has around what is in sites-enabled, without root and in one directory. */
function aroundNginx(server: string, directory: string): string {
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  return `daemon off;
pid ${join(directory, 'nginx.pid')};
events {}
http {
${bodies.join('\n')}
access_log off;
${server}
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once somebody listens there. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await wait(20);
  }
}
