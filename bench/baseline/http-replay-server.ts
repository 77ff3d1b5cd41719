import { once } from 'node:events';
import { createServer } from 'node:http';
import { announce } from './announce.ts';
import { openLikeTheStore, storedFrames } from './stored-frames.ts';

/**
 * The bytes of a stored log from memory through bare node:http, in 64 KiB chunks.
 * Argument: the database.
 */
const CHUNK = 64 * 1024;

const db = openLikeTheStore(process.argv[2] ?? '');
const log = Buffer.concat([...storedFrames(db)]);
db.close();

announce(
  createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    void (async () => {
      for (let at = 0; at < log.length; at += CHUNK) {
        if (!response.write(log.subarray(at, at + CHUNK))) await once(response, 'drain');
      }
      response.end();
    })();
  }),
);
