import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** From the spawn to the line that says where it listens. */
  readonly readyAfterMs: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The directory of the clone: the benchmarks are run from there. */
const root = process.cwd();

/** Starts the server that was compiled with the benchmarks, with their node types, on a free port. */
export function startReattach(db: string): Promise<ServerProcess> {
  return start(join(import.meta.dirname, '..', 'server', 'main.js'), reattachFlags(db));
}

/** What `startReattach` gives the server. */
export function reattachFlags(db: string): string[] {
  const nodes = join(root, 'bench', 'nodes', 'bench-nodes.mjs');
  return ['--port', '0', '--db', db, '--nodes', nodes, '--log-level', 'error'];
}

/** Starts one of the servers in `baseline/`. */
export function startBaseline(name: string, ...args: string[]): Promise<ServerProcess> {
  return start(join(import.meta.dirname, 'baseline', `${name}.js`), args);
}

async function start(script: string, args: readonly string[]): Promise<ServerProcess> {
  const began = performance.now();
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const exited = once(child, 'exit').then(() => running.delete(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /listening on http:\/\/\S+:(\d+)$/.exec(line) ?? [];
    if (port === undefined) continue;
    return {
      port: Number(port),
      readyAfterMs: performance.now() - began,
      async stop() {
        child.kill();
        await exited;
      },
    };
  }
  throw new Error(`${script} ended without listening.`);
}
