import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json, JsonObject } from '../../shared/json.ts';

/** One message of the conversation that a call sent. */
export interface SentMessage {
  role: string;
  content?: Json;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

/** What a call sent. */
export interface SentBody extends Record<string, unknown> {
  model: string;
  messages: SentMessage[];
  tools?: { function: { name: string; description: string; parameters: JsonObject } }[];
}

/** One call that a model server got: the test decides what is answered, and when. */
export class ModelCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: SentBody;
  /** Resolves when the caller is gone before the answer has ended. */
  readonly aborted: Promise<void>;
  readonly #response: ServerResponse;

  constructor(
    path: string,
    headers: IncomingHttpHeaders,
    body: SentBody,
    response: ServerResponse,
  ) {
    this.path = path;
    this.headers = headers;
    this.body = body;
    this.#response = response;
    this.aborted = new Promise((resolve) => {
      response.on('close', () => {
        if (!response.writableEnded) resolve();
      });
    });
  }

  /** The texts of the messages that were sent, with who said them. */
  get conversation(): string[] {
    return this.body.messages.map(({ role, content, tool_calls: calls }) => {
      const called = (calls ?? []).map(
        (call) => `${call.function.name}(${call.function.arguments})`,
      );
      const said = typeof content === 'string' ? content : JSON.stringify(content ?? '');
      return [`${role}:`, ...(said === '""' || said === '' ? [] : [said]), ...called].join(' ');
    });
  }

  text(content: string): this {
    return this.#delta({ content });
  }

  reasoning(text: string): this {
    return this.#delta({ reasoning_content: text });
  }

  toolCall(name: string, args: unknown, index = 0): this {
    const text = typeof args === 'string' ? args : JSON.stringify(args);
    // In two pieces, as servers do.
    const id = `call-${name}-${index}`;
    const begin = { index, id, type: 'function', function: { name, arguments: '' } };
    this.#delta({ tool_calls: [begin] });
    return this.#delta({ tool_calls: [{ index, function: { arguments: text } }] });
  }

  /** Ends the answer. */
  finish(reason = 'stop', tokens: [input: number, output: number] = [7, 3]): void {
    this.#chunk({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
    const [prompt, completion] = tokens;
    const total = prompt + completion;
    this.#chunk({
      choices: [],
      usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total },
    });
    this.#begin().end('data: [DONE]\n\n');
  }

  /** Sends a line that may be anything. */
  raw(data: string): this {
    this.#begin().write(`data: ${data}\n\n`);
    return this;
  }

  /** Ends the stream in good order, without an end of the answer. */
  hangUp(): void {
    this.#begin().end();
  }

  /** Cuts the connection. */
  cut(): void {
    this.#response.destroy();
  }

  /** Answers with an error. */
  fail(status: number, message: string, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.end(JSON.stringify({ error: { message, type: 'error', code: null } }));
  }

  #delta(delta: JsonObject): this {
    return this.#chunk({ choices: [{ index: 0, delta, finish_reason: null }] });
  }

  #chunk(chunk: JsonObject): this {
    const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: this.body.model };
    return this.raw(JSON.stringify({ ...head, ...chunk }));
  }

  #begin(): ServerResponse {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { 'content-type': 'text/event-stream' });
    }
    return this.#response;
  }
}

/** A real HTTP server that speaks the OpenAI streaming wire. Each call waits for the test. */
export class ModelServer {
  readonly calls: ModelCall[] = [];
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ModelServer> {
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (piece: string) => (text += piece));
      request.on('end', () => {
        // What our own library sent.
        const body = JSON.parse(text) as SentBody;
        models.#take(new ModelCall(request.url ?? '', request.headers, body, response));
      });
    });
    const models = new ModelServer(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return models;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Waits for the call with this number, from 1. */
  async call(number: number): Promise<ModelCall> {
    for (;;) {
      const call = this.calls[number - 1];
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(call: ModelCall): void {
    this.calls.push(call);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
