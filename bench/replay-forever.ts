import { readStream } from './stream-reader.ts';

/** Reads a stream to its end again and again. Says when it begins. Arguments: the port, the path. */
const [port = '', path = ''] = process.argv.slice(2);

process.send?.('reading');
process.once('disconnect', () => process.exit());
for (;;) await readStream(Number(port), path).ended;
