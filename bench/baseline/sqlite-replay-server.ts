import { once } from 'node:events';
import { createServer } from 'node:net';
import { announce } from './announce.ts';
import { openLikeTheStore, storedFrames } from './stored-frames.ts';

/** A stored log, page by page from SQLite into a bare socket. Argument: the database. */
const db = openLikeTheStore(process.argv[2] ?? '');

announce(
  createServer({ noDelay: true }, (socket) => {
    socket.once('data', () => {
      void (async () => {
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
        for (const page of storedFrames(db)) {
          if (!socket.write(page)) await once(socket, 'drain');
        }
        socket.end();
      })();
    });
  }),
);
