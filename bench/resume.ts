import { copyFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { sessionPaths, WATCH_PATH } from '../shared/api.ts';
import type { Benchmark } from './benchmark.ts';
import { Connection } from './connection.ts';
import { count } from './figures.ts';
import { alternate } from './rounds.ts';
import { suspendedSession, writeDatabase, writeSuspendedSessions } from './sample-sessions.ts';
import { startBaseline, startReattach } from './server-process.ts';
import { resumeBody, type WaitingSession } from './session-calls.ts';

const CLIENTS = 32;
/** More than there are clients, so that none waits for the next prompt of its own answer. */
const SESSIONS = 128;
const WINDOW_MS = 2000;

/** Clients answer prompts as fast as they are acknowledged. */
export const resume: Benchmark = {
  title: 'answers from many clients',
  async run({ directory }) {
    const file = join(directory, 'resume.db');
    const copy = join(directory, 'resume-copy.db');
    await writeDatabase(file, (store) => writeSuspendedSessions(store, SESSIONS));
    await copyFile(file, copy);
    const reattach = await startReattach(file);
    const baseline = await startBaseline('transaction-server', copy);

    const waiting = new WaitingSessions();
    watchPrompts(reattach.port, (session) => waiting.add(session));
    const again = new WaitingSessions();
    for (let place = 0; place < SESSIONS; place += 1) {
      waiting.add(suspendedSession(place));
      again.add(suspendedSession(place));
    }
    const rates = await alternate(
      { warmUp: 1, rounds: 5 },
      {
        reattach: answersPerSecond(reattach.port, waiting, () => undefined),
        // It takes any interaction id, so nobody has to watch it.
        baseline: answersPerSecond(baseline.port, again, (session) => again.add(session)),
      },
    );
    await Promise.all([reattach.stop(), baseline.stop()]);
    return [
      {
        what: `${CLIENTS} clients posting :resume, acknowledged when durable`,
        ours: `${count(rates.reattach)}/s`,
        against: 'node:http, one transaction a request',
        theirs: `${count(rates.baseline)}/s`,
        ratio: rates.reattach / rates.baseline,
        aim: { is: 'at least', ratio: 3 },
      },
    ];
  },
};

/** Sessions that wait for an answer, first come, first served. */
class WaitingSessions {
  readonly #sessions: WaitingSession[] = [];
  readonly #takers: ((session: WaitingSession) => void)[] = [];

  add(session: WaitingSession): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#sessions.push(session);
    else taker(session);
  }

  async take(): Promise<WaitingSession> {
    return this.#sessions.shift() ?? (await new Promise((resolve) => this.#takers.push(resolve)));
  }
}

/** Lets all clients post for a while, each again as soon as it is answered. */
function answersPerSecond(
  port: number,
  waiting: WaitingSessions,
  answered: (session: WaitingSession) => void,
) {
  const connections = Array.from({ length: CLIENTS }, () => new Connection(port));
  return async () => {
    let answers = 0;
    const began = performance.now();
    const client = async (connection: Connection) => {
      while (performance.now() - began < WINDOW_MS) {
        const session = await waiting.take();
        const path = sessionPaths(session.sessionId).resume;
        const { status, body } = await connection.request(path, resumeBody(session.interactionId));
        if (status !== 200) throw new Error(body);
        answers += 1;
        answered(session);
      }
    };
    await Promise.all(connections.map(client));
    return (answers / (performance.now() - began)) * 1000;
  };
}

/** Tells of each prompt that any of the sessions opens. */
function watchPrompts(port: number, tell: (session: WaitingSession) => void): void {
  const query = new URLSearchParams();
  for (let place = 0; place < SESSIONS; place += 1) {
    const { sessionId, lastIndex } = suspendedSession(place);
    query.append('session', `${sessionId}:${lastIndex}`);
  }
  const parser = createParser({
    onEvent({ event: sessionId = '', data }) {
      const [, interactionId] = /"interactionId":"([^"]+)"/.exec(data) ?? [];
      const opens = data.includes('"type":"inputRequired"');
      if (opens && interactionId !== undefined) tell({ sessionId, interactionId });
    },
  });
  const path = `${WATCH_PATH}?${query.toString()}`;
  get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
    // The server is stopped at the end.
    response.on('error', () => undefined);
  });
}
