// `reattach/producer`: a program of your own writes a session. Without dependencies; needs `fetch`.
import { Connection, type ConnectionOptions } from './connection.ts';
import { overOf, overOr, ReattachError } from './errors.ts';
import { ProducedSession } from './produced-session.ts';
import type { JsonObject, LogEvent } from './wire.ts';

export { PromptWithdrawn, ReattachError, SessionOver } from './errors.ts';
export type { ProducedNode } from './produced-node.ts';
export type { ProducedSession } from './produced-session.ts';
export {
  textOf,
  type AskOptions,
  type ChooseOptions,
  type ConsentOptions,
  type FormOptions,
  type PromptOptions,
  type Text,
} from './prompts.ts';
export type { Json, JsonObject, LlmContent, ProducedEvent } from './wire.ts';

export interface ProducerOptions extends ConnectionOptions {
  /** Which of the session's producers this is; `main` unless given. */
  readonly producerId?: string;
  /**
   * The session shows *lost contact* after so many seconds without a sign of this program, which gives
   * one three times as often; 30 unless given, 0 for never.
   */
  readonly leaseSeconds?: number;
  /** So many characters of events wait to be sent at most; 4 Mi unless given. */
  readonly maxWaiting?: number;
  /** Ends all that is under way, at once. */
  readonly signal?: AbortSignal;
}

export interface StartOptions extends ProducerOptions {
  /** Which graph the session belongs to. One of this or `graph` is needed. */
  readonly graphId?: string;
  /** Its nodes and edges; without it nodes appear as they start. */
  readonly graph?: JsonObject;
  readonly title?: string;
}

export interface ContinueOptions extends ProducerOptions {
  readonly sessionId: string;
}

const MAX_WAITING = 4 * 1024 * 1024;
const LEASE_SECONDS = 30;

/**
 * Starts a session that this program writes. Tries again until the server is there.
 * @throws ReattachError when the server refuses it
 */
export async function startSession(options: StartOptions): Promise<ProducedSession> {
  const { graphId, graph, title } = options;
  const { connection, over } = openConnection(options);
  const sessionId = await connection.start(
    {
      runner: 'external',
      ...(graphId === undefined ? {} : { graphId }),
      ...(graph === undefined ? {} : { graph }),
      ...(title === undefined ? {} : { title }),
    },
    over.signal,
  );
  return new ProducedSession({
    ...{ connection, over, sessionId, epoch: 0, seq: 0, log: [] },
    ...defaultsOf(options),
  });
}

/**
 * Goes on with a session after a crash, or elsewhere: fences off whoever wrote it before as the same
 * producer, and reads what is stored, so that a program that runs again from its top asks nothing twice.
 * @throws SessionOver when the session has ended or is deleted
 */
export async function continueSession(options: ContinueOptions): Promise<ProducedSession> {
  const { sessionId } = options;
  const { connection, over } = openConnection(options);
  const defaults = defaultsOf(options);
  try {
    const epoch = await newEpoch(connection, sessionId, defaults, over.signal);
    const log = await wholeLog(connection, sessionId, over.signal);
    return new ProducedSession({
      ...{ connection, over, sessionId, epoch, seq: 1, log },
      ...defaults,
    });
  } catch (error) {
    throw overOr(error);
  }
}

function openConnection(options: ProducerOptions) {
  const over = new AbortController();
  const { signal } = options;
  const stop = () => over.abort(signal?.reason);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return { connection: new Connection(options), over };
}

function defaultsOf(options: ProducerOptions) {
  const { producerId = 'main', leaseSeconds = LEASE_SECONDS, maxWaiting = MAX_WAITING } = options;
  return { producerId, leaseSeconds, maxWaiting };
}

/** Begins an epoch that no other life of the producer has begun. */
async function newEpoch(
  connection: Connection,
  sessionId: string,
  { producerId, leaseSeconds: lease }: { producerId: string; leaseSeconds: number },
  signal: AbortSignal,
): Promise<number> {
  for (let epoch = 0; ;) {
    try {
      const turn = { producerId, epoch, seq: 0, lease };
      const { duplicate, status } = await connection.produce(sessionId, [], turn, signal);
      if (!duplicate) return epoch;
      const over = overOf(status);
      if (over !== null) throw over;
      // Another life began with it, perhaps at this very moment.
      epoch += 1;
    } catch (error) {
      const fenced = error instanceof ReattachError && error.code === 'producer_fenced';
      if (!fenced) throw error;
      epoch = Number(error.details['epoch']) + 1;
    }
  }
}

async function wholeLog(
  connection: Connection,
  sessionId: string,
  signal: AbortSignal,
): Promise<LogEvent[]> {
  const log: LogEvent[] = [];
  for (let after = -1; ;) {
    const page = await connection.log(sessionId, after, false, signal);
    // It may have ended since the epoch began.
    const over = overOf(page.status);
    if (over !== null) throw over;
    // Only what is needed to go on: what was emitted may be far more.
    log.push(...page.events.filter(({ type }) => !type.endsWith('Event')));
    after = page.events.at(-1)?.index ?? after;
    if (after >= page.lastIndex || page.events.length === 0) return log;
  }
}
