import { createLogger } from '../../server/logger.ts';
import { parseOptions } from '../../server/options.ts';
import { startServer } from '../../server/start-server.ts';
import { openSqliteStore } from '../../server/store/sqlite-store.ts';
import type { Store } from '../../server/store/store.ts';

/** Reattach with a transaction for each write, where it has one for all that come together. */
const openUngrouped: typeof openSqliteStore = async (options) =>
  ungrouped(await openSqliteStore(options));

function ungrouped(store: Store): Store {
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(write: () => Promise<T>): Promise<T> => {
    const written = last.then(write);
    // Who asked for the write hears of its failure.
    last = written.catch(() => undefined);
    return written;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'append')
        return (append: Parameters<Store['append']>[0]) => alone(() => target.append(append));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

const ignore = () => undefined;
const options = parseOptions(process.argv.slice(2), { out: ignore, err: ignore });
const { url } = await startServer(options, createLogger(options.logLevel), {
  openStore: openUngrouped,
});
process.stdout.write(`listening on ${url}\n`);
