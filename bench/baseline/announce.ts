import type { Server } from 'node:net';

/** Listens on a free port of this machine and says so as Reattach does. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given.');
    process.stdout.write(`listening on http://127.0.0.1:${address.port}\n`);
  });
}
