import { listResponse } from '../shared/api.ts';
import type { SessionStatus, SessionSummary } from '../shared/session.ts';
import { listPath } from './find-session.ts';
import type { ServerCalls } from './server-calls.ts';
import { printable, type Style } from './style.ts';

export interface ListQuery {
  readonly graph?: string;
  readonly status?: readonly SessionStatus[];
  readonly text?: string;
  readonly needsAnswer?: boolean;
  readonly limit: number;
}

/** The server gives no longer pages. */
const PAGE = 500;

/** The newest sessions that a query asks for. */
export async function listSessions(
  server: ServerCalls,
  { graph, status = [], text, needsAnswer, limit }: ListQuery,
): Promise<SessionSummary[]> {
  const found: SessionSummary[] = [];
  for (let pageToken: string | undefined; found.length < limit;) {
    const path = listPath({
      limit: String(Math.min(PAGE, limit - found.length)),
      ...(graph === undefined ? {} : { graphId: graph }),
      ...(status.length === 0 ? {} : { status: status.join(',') }),
      ...(text === undefined ? {} : { q: text }),
      ...(needsAnswer === true ? { needsAnswer: 'true' } : {}),
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    const page = await server.json(listResponse, path);
    found.push(...page.sessions);
    pageToken = page.nextPageToken;
    if (pageToken === undefined) break;
  }
  return found;
}

/** The sessions as a table, with a heading, for people. @param now Unix seconds */
export function tableOf(sessions: readonly SessionSummary[], style: Style, now: number): string {
  const rows = [
    ['SESSION', 'STATUS', 'CHANGED', 'GRAPH', 'TITLE'],
    ...sessions.map((session) => [
      session.sessionId,
      statusText(session),
      ageText(now - session.updatedAt),
      printable(session.graphId),
      printable(session.title),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  const lines = rows.map((row, y) => {
    const cells = row.map((cell, n) => {
      const padded = n === row.length - 1 ? cell : cell.padEnd(widths[n] ?? 0);
      if (y === 0) return style.dim(padded);
      return n === 1 ? tinted(padded, style) : padded;
    });
    return cells.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

function statusText({ status, openPromptCount, blockedBy }: SessionSummary): string {
  if (blockedBy !== undefined && blockedBy.length > 0) return `${status}, blocked`;
  if (openPromptCount === 0) return status;
  return `${status}, ${openPromptCount} ${openPromptCount === 1 ? 'prompt' : 'prompts'}`;
}

function tinted(status: string, style: Style): string {
  if (status.startsWith('completed')) return style.good(status);
  if (status.startsWith('failed')) return style.bad(status);
  return status.includes('prompt') ? style.ask(status) : status;
}

function ageText(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size);
  return unit === undefined ? 'now' : `${Math.floor(seconds / unit[1])} ${unit[0]}`;
}
