import { once } from 'node:events';
import { ReadStream, WriteStream } from 'node:tty';
import { evolve, initialState, type SessionState } from '../shared/session-state.ts';
import type { Dialog } from './dialog.ts';
import { exitCodeOf } from './exit-code.ts';
import { followSession } from './follow-session.ts';
import { LineWriter } from './line-writer.ts';
import { LogPrinter } from './log-printer.ts';
import { PromptDesk } from './prompt-desk.ts';
import { readAnswerFile } from './read-file.ts';
import type { ServerCalls } from './server-calls.ts';
import { styleOf } from './style.ts';
import { Terminal } from './terminal.ts';

/** Where a person reads and writes. */
export interface Desk {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How to come back. */
  readonly command: string;
}

/**
 * Replays a session, follows it and, on a terminal, puts its prompts to the person there. Without a
 * terminal the log is printed plainly and nothing is asked. Resolves at the end of the run with its
 * exit code, or with 0 when the person leaves.
 * @throws Refused or Unreachable when the session cannot be read
 */
export async function attach(server: ServerCalls, sessionId: string, desk: Desk): Promise<number> {
  const { input, output, environment } = desk;
  const style = styleOf(output, environment);
  const leaving = new AbortController();
  const terminal =
    input instanceof ReadStream && output instanceof WriteStream
      ? new Terminal(input, output, () => leaving.abort())
      : null;
  const out = new LineWriter((text) => {
    if (terminal !== null) return terminal.write(text);
    output.write(text);
    return false;
  });
  const printer = new LogPrinter({ out, style, tellsPrompts: terminal === null });
  const prompts =
    terminal === null
      ? null
      : new PromptDesk({
          server,
          sessionId,
          dialogUntil: (signal): Dialog => ({
            style,
            say: (line) => out.line(line),
            ask: (query) => {
              out.endLine();
              return terminal.ask(query, signal);
            },
            readFile: readAnswerFile,
          }),
          titleOf: (nodeId) => printer.titleOf(nodeId),
          onAnswered: (interactionId) => printer.answeredHere(interactionId),
          onError: (error) => leaving.abort(error),
        });
  let state: SessionState = initialState;
  let isLive = false;
  try {
    for await (const next of followSession(server, sessionId, leaving.signal)) {
      switch (next.kind) {
        case 'event':
          if (next.event === null) break;
          state = evolve(state, next.event);
          printer.print(next.event);
          break;
        case 'replayed':
          isLive = true;
          break;
        case 'reset':
          state = initialState;
          isLive = false;
          printer.reset();
          printer.say(`The server has another log now: ${next.reason}. It follows from its start.`);
          break;
        case 'lost':
          printer.say('The connection is lost. Trying again …');
          break;
        case 'back':
          printer.say('Connected again.');
          break;
        case 'deleted':
          prompts?.close();
          printer.say('The session was deleted.');
          return exitCodeOf('deleted');
        case 'done':
          return exitCodeOf(next.status);
      }
      if (isLive) prompts?.show(state.prompts.values());
      // A reader that is slower than the log holds it up.
      if (output.writableNeedDrain) await once(output, 'drain', { signal: leaving.signal });
    }
    return 0;
  } catch (error) {
    const left = leaving.signal.aborted;
    if (!left || isOurs(leaving.signal.reason)) throw left ? leaving.signal.reason : error;
    prompts?.close();
    out.line('');
    out.line(`Detached; the run goes on. Come back with: ${desk.command}`);
    return 0;
  } finally {
    prompts?.close();
    terminal?.close();
  }
}

/** Whether leaving has another reason than the person's wish. */
function isOurs(reason: unknown): boolean {
  return !(reason instanceof DOMException);
}
