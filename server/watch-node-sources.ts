import { watch } from 'chokidar';
import { messageOf } from './errors.ts';
import type { Logger } from './logger.ts';
import type { NodeModule } from './node-modules.ts';
import { digestOf, isAside, loadNodeSources } from './node-sources.ts';

export interface NodeWatch {
  close(): Promise<void>;
}

export interface NodeWatchOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  /** The digest of the modules that are in use. */
  readonly since: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Takes the modules as they are now. @throws when they cannot be used together */
  readonly use: (modules: readonly NodeModule[]) => Promise<void>;
}

/** An editor's save is several events. */
const SETTLED_AFTER_MS = 100;

/** Of the modules that were loaded anew; counts over all watches, since the loader forgets nothing. */
let generation = 0;

/**
 * Loads node modules anew when something of them changes, and hands them over. Modules that cannot be
 * loaded, or not be used together, change nothing: those before stay, and the log says why.
 */
export function watchNodeSources(options: NodeWatchOptions): NodeWatch {
  const { paths, logger, use } = options;
  let digest = options.since;
  let timer: NodeJS.Timeout | null = null;
  let reloading = Promise.resolve();

  const reload = async () => {
    try {
      const now = await digestOf(paths);
      if (now === digest) return;
      digest = now;
      generation += 1;
      const modules = await loadNodeSources(paths, generation);
      await use(modules);
      const types = modules.flatMap((module) => Object.keys(module.types));
      logger.info({ types }, 'nodes.reloaded');
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'nodes.reload_failed');
    }
  };
  const changed = () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      reloading = reloading.then(reload);
    }, SETTLED_AFTER_MS);
  };

  const isOutside = (path: string) =>
    paths.some((watched) => path.startsWith(watched) && isAside(path.slice(watched.length)));
  const watcher = watch([...paths], { ignoreInitial: true, ignored: isOutside });
  watcher.on('all', changed);
  // What was changed between their loading and this.
  watcher.on('ready', changed);
  watcher.on('error', (error) => logger.warn({ err: error }, 'nodes.watch_failed'));
  return {
    async close() {
      await watcher.close();
      if (timer !== null) clearTimeout(timer);
      await reloading;
    },
  };
}
