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
import { reattachFlags, startBaseline, startReattach } from './server-process.ts';
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
    const copies = [join(directory, 'resume-2.db'), join(directory, 'resume-3.db')] as const;
    await writeDatabase(file, (store) => writeSuspendedSessions(store, SESSIONS));
    for (const copy of copies) await copyFile(file, copy);
    const reattach = await startReattach(file);
    const ungrouped = await startBaseline('ungrouped-server', ...reattachFlags(copies[0]));
    const bare = await startBaseline('transaction-server', copies[1]);

    const again = suspendedSessions();
    const rates = await alternate(
      { warmUp: 1, rounds: 5 },
      {
        reattach: answersPerSecond(reattach.port, watchedSessions(reattach.port)),
        ungrouped: answersPerSecond(ungrouped.port, watchedSessions(ungrouped.port)),
        // It takes any interaction id, so nobody has to watch it.
        bare: answersPerSecond(bare.port, again, (session) => again.add(session)),
      },
    );
    await Promise.all([reattach, ungrouped, bare].map((server) => server.stop()));
    const figures = {
      what: `${CLIENTS} clients posting :resume, acknowledged when durable`,
      ours: `${count(rates.reattach)}/s`,
    };
    return [
      {
        ...figures,
        against: 'the same server, a transaction a write',
        theirs: `${count(rates.ungrouped)}/s`,
        ratio: rates.reattach / rates.ungrouped,
        aim: { is: 'at least', ratio: 3 },
      },
      {
        ...figures,
        against: 'bare node:http and SQLite, a transaction a request',
        theirs: `${count(rates.bare)}/s`,
        ratio: rates.reattach / rates.bare,
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

/** All sessions, each with the prompt that it waited on when it was written. */
function suspendedSessions(): WaitingSessions {
  const waiting = new WaitingSessions();
  for (let place = 0; place < SESSIONS; place += 1) waiting.add(suspendedSession(place));
  return waiting;
}

/** The same, and each prompt that any of them opens later. */
function watchedSessions(port: number): WaitingSessions {
  const waiting = suspendedSessions();
  watchPrompts(port, (session) => waiting.add(session));
  return waiting;
}

/** Lets all clients post for a while, each again as soon as it is answered. */
function answersPerSecond(
  port: number,
  waiting: WaitingSessions,
  answered: (session: WaitingSession) => void = () => undefined,
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
