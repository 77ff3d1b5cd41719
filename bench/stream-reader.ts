import { connect } from 'node:net';

/** What a reader was sent. */
export interface Received {
  readonly bytes: number;
  /** From the request to the end of the connection. */
  readonly ms: number;
}

export interface StreamReader {
  /** Resolves when the replay of the stream is complete. */
  readonly replayed: Promise<void>;
  /** Resolves when the server has closed the connection. */
  readonly ended: Promise<Received>;
}

const REPLAYED = 'replayComplete';
/** Shared by all readers: nothing of it is kept. */
const buffer = Buffer.allocUnsafe(256 * 1024);

/**
 * Reads a stream as fast as it comes and keeps nothing of it, so that the load generator costs
 * little beside the server.
 */
export function readStream(port: number, path: string): StreamReader {
  const began = performance.now();
  let bytes = 0;
  let isReplayed = false;
  let tell: () => void = () => undefined;
  const replayed = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let before = '';
  const ended = new Promise<Received>((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer,
        callback(length) {
          bytes += length;
          if (!isReplayed) {
            // The marker is among the last bytes of a replay, perhaps over two reads.
            const tail = before + buffer.toString('latin1', Math.max(0, length - 1024), length);
            before = tail.slice(-REPLAYED.length);
            isReplayed = tail.includes(REPLAYED);
            if (isReplayed) tell();
          }
          return true;
        },
      },
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ bytes, ms: performance.now() - began }));
    const head = ['Accept: text/event-stream', 'Connection: close'].join('\r\n');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${head}\r\n\r\n`);
  });
  return { replayed, ended };
}
