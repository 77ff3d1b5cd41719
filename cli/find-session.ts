import { listResponse, sessionPaths, SESSIONS_PATH } from '../shared/api.ts';
import { isFinal, sessionStatusReport, type SessionStatusReport } from '../shared/session.ts';
import { CliError } from './cli-error.ts';
import { Refused, type ServerCalls } from './server-calls.ts';

/**
 * The id of the session that a person means: the whole of it, its beginning, or nothing for the
 * newest that goes on, or else the newest.
 * @throws CliError when there is none, or more than one
 */
export async function findSession(server: ServerCalls, given: string | undefined): Promise<string> {
  if (given === undefined) return newest(server);
  try {
    return (await statusOf(server, given)).sessionId;
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'session_not_found')) throw error;
    const { sessions } = await server.json(listResponse, listPath({ q: given, limit: '500' }));
    const found = sessions.filter(({ sessionId }) => sessionId.startsWith(given));
    const [only] = found;
    if (only === undefined) throw error;
    if (found.length === 1) return only.sessionId;
    throw new CliError(`${found.length} sessions begin with '${given}'; give more of the id.`);
  }
}

/** The status of one session. */
export function statusOf(
  server: ServerCalls,
  sessionId: string,
  query = '',
): Promise<SessionStatusReport> {
  return server.json(sessionStatusReport, sessionPaths(sessionId).status + query);
}

async function newest(server: ServerCalls): Promise<string> {
  const path = listPath({ limit: '100' });
  const { sessions } = await server.json(listResponse, path);
  const session = sessions.find(({ status }) => !isFinal(status)) ?? sessions[0];
  if (session === undefined) throw new CliError('There are no sessions yet.');
  return session.sessionId;
}

/** The list's address with these parameters. */
export function listPath(parameters: Readonly<Record<string, string>>): string {
  return `${SESSIONS_PATH}?${new URLSearchParams(parameters).toString()}`;
}
