import { createServer, type ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { announce } from './announce.ts';

/**
 * Writes frames from memory to every open response, one frame in each turn of the event loop, and
 * ends the responses. Arguments: how many frames, and the text of each.
 */
const [count = '', text = ''] = process.argv.slice(2);
const responses = new Set<ServerResponse>();

announce(
  createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (request.url === '/go') {
      response.end();
      void fanOut();
      return;
    }
    responses.add(response);
    response.write('event: event\ndata: {"type":"replayComplete","index":2}\n\n');
  }),
);

async function fanOut(): Promise<void> {
  for (let index = 0; index < Number(count); index += 1) {
    const frame = frameOf(index);
    for (const response of responses) response.write(frame);
    await turn();
  }
  for (const response of responses) response.end();
  responses.clear();
}

/** As long as what Reattach sends of an event of a step. */
function frameOf(index: number): Buffer {
  const event = {
    ...{ type: 'agentEvent', nodeId: 'node', event: { content: { text } } },
    ...{ op: 'step:stream:0', attempt: 1, index, time: Date.now() / 1000 },
  };
  return Buffer.from(`id: ${index}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`);
}
