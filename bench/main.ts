import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, platform } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Comparison } from './benchmark.ts';
import { fanOut } from './fan-out.ts';
import { listPage } from './list-page.ts';
import { liveLatency } from './live-latency.ts';
import { panel } from './panel.ts';
import { replay } from './replay.ts';
import { resultTable } from './result-table.ts';
import { resume } from './resume.ts';
import { startUp } from './start-up.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  replay,
  resume,
  'fan-out': fanOut,
  'list-page': listPage,
  'start-up': startUp,
  'live-latency': liveLatency,
  panel,
};

/** Says that this process is to run one benchmark, in the directory that follows. */
const ALONE = '--alone';

const [first, ...rest] = process.argv.slice(2);
if (first === ALONE) await runAlone(rest[0] ?? '', rest[1] ?? '');
else await runAll(process.argv.slice(2));

/** Runs those that are named, or all, each in a process of its own, and prints the table. */
async function runAll(names: readonly string[]): Promise<void> {
  const known = Object.keys(benchmarks);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    process.stderr.write(`There is no benchmark '${stranger}'; there are ${known.join(', ')}.\n`);
    process.exitCode = 1;
    return;
  }
  const parent = join(process.cwd(), '.reattach');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'bench-data-'));
  const comparisons: Comparison[] = [];
  try {
    for (const name of names.length === 0 ? known : names) {
      const began = performance.now();
      process.stderr.write(`${name}: ${benchmarks[name]?.title ?? ''} …`);
      comparisons.push(...(await inOwnProcess(name, directory)));
      process.stderr.write(` ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  process.stdout.write(`\n${machine()}\n\n${resultTable(comparisons)}\n`);
}

function inOwnProcess(name: string, directory: string): Promise<Comparison[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [import.meta.filename, ALONE, name, directory], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    let result: Comparison[] = [];
    // The other end is this very program.
    child.once('message', (message) => (result = message as Comparison[]));
    child.once('exit', (code) => {
      if (code === 0) resolve(result);
      else reject(new Error(`The benchmark '${name}' failed.`));
    });
  });
}

async function runAlone(name: string, directory: string): Promise<void> {
  const comparisons = await benchmarks[name]?.run({ directory });
  process.send?.(comparisons, () => process.exit(0));
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `Node ${process.versions.node}, ${platform()}, ${availableParallelism()} × ${model}`;
}
