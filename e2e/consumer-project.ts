import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from '../scripts/child.mjs';
import { packageFolder } from './package-folder.ts';
import type { Ended } from './server-process.ts';

const CLONE = fileURLToPath(new URL('..', import.meta.url));

/** What such a project has beside the package, by its own `devDependencies`. */
const DEV_TOOLS = ['typescript', '@types/node', '@playwright/test'];

/** What a program of the project does while it runs. */
export interface RunningProgram {
  /** Waits until what it wrote matches, and gives the match. @throws Error when it ends before */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it as a power cut would, with all that it has started. */
  kill(): void;
  readonly ended: Promise<Ended>;
}

/**
 * Somebody else's TypeScript project, in a folder of its own outside of the clone. In its `node_modules`
 * is what npm installed of the packed package, and the tools with which such a project is developed.
 */
export class ConsumerProject {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<ConsumerProject> {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'reattach-consumer-')));
    const modules = join(path, 'node_modules');
    // Not a link: what the package imports has to be found from the place where it is installed.
    await cp(join(packageFolder(), 'node_modules'), modules, {
      recursive: true,
      verbatimSymlinks: true,
    });
    for (const tool of DEV_TOOLS) {
      await mkdir(dirname(join(modules, tool)), { recursive: true });
      await symlink(join(CLONE, 'node_modules', tool), join(modules, tool), 'junction');
    }
    const project = new ConsumerProject(path);
    await project.write(
      'package.json',
      JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }),
    );
    return project;
  }

  async write(file: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.path, file)), { recursive: true });
    await writeFile(join(this.path, file), content);
  }

  /** The project's `tsc`, with a configuration of the project. */
  tsc(config: string): Promise<Ended> {
    return this.node(['node_modules/typescript/bin/tsc', '-p', config, '--pretty', 'false']).ended;
  }

  /** The project's `playwright test`. */
  playwright(args: readonly string[]): Promise<Ended> {
    return this.node(['node_modules/@playwright/test/cli.js', 'test', ...args]).ended;
  }

  /** `npx --no-install`, which is `npm exec --no`, in the project's folder. */
  npx(args: readonly string[]): Promise<Ended> {
    const { command, args: before, shell = false } = npm();
    return this.#start(command, [...before, 'exec', '--no', '--offline', '--', ...args], shell)
      .ended;
  }

  /** The command of this name in `node_modules/.bin`. */
  bin(name: string, args: readonly string[]): RunningProgram {
    return this.#start(join(this.path, 'node_modules', '.bin', name), args, isWindows);
  }

  node(args: readonly string[]): RunningProgram {
    return this.#start(process.execPath, args, false);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #start(command: string, args: readonly string[], shell: boolean): RunningProgram {
    const child = spawn(command, args, {
      cwd: this.path,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell,
      // A group of its own, so that all of it can be ended.
      detached: !isWindows,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const closed = once(child, 'close') as Promise<[number | null]>;
    return {
      until: async (pattern) => {
        for (;;) {
          const match = pattern.exec(stdout);
          if (match !== null) return match;
          const grew = once(child.stdout, 'data').then(() => true);
          if (await Promise.race([grew, closed.then(() => false)])) continue;
          throw new Error(`It never said ${String(pattern)}: ${stdout}${stderr}`);
        }
      },
      kill: () => {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
        if (isWindows) child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      },
      ended: closed.then(([code]) => ({ code, stdout, stderr })),
    };
  }
}

const isWindows = process.platform === 'win32';

/** That of a person's shell: nothing of the tests that run us, and no server of their own. */
function environment(): NodeJS.ProcessEnv {
  const own =
    /^(npm_|PLAYWRIGHT_(?!BROWSERS_PATH)|PW_|TEST_|REATTACH_)|^(CI|NO_COLOR|NODE_OPTIONS|INIT_CWD|DEBUG_COLORS)$/i;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { ...Object.fromEntries(kept), FORCE_COLOR: '0' };
}
