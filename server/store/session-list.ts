import type Database from 'better-sqlite3';
import { sessionStatuses } from '../../shared/session.ts';
import { decodePageToken, encodePageToken, type PageKey } from './page-token.ts';
import { summaryColumns, summaryOf, type SummaryRow } from './sessions-table.ts';
import type { ListPage, ListQuery } from './store.ts';

type Bindings = PageKey & {
  readonly graphId: string | undefined;
  readonly status: string | undefined;
  readonly text: string | undefined;
  readonly limit: number;
};

/** Comes before every session in the list. */
const TOP: PageKey = { createdAt: Infinity, sessionId: '' };

/** The session list, newest first: by creation, then by id, both descending. */
export class SessionList {
  /** A statement for each combination of filters: each walks the index that is in its order. */
  readonly #statements = new Map<string, Database.Statement<[Bindings], SummaryRow>>();

  constructor(db: Database.Database) {
    for (const graph of [false, true]) {
      for (const status of [false, true]) {
        for (const text of [false, true]) {
          for (const needsAnswer of [false, true]) {
            const filters = { graph, status, text, needsAnswer };
            this.#statements.set(nameOf(filters), db.prepare(sqlOf(filters)));
          }
        }
      }
    }
  }

  /** @throws InvalidPageToken */
  page(query: ListQuery): Omit<ListPage, 'revision'> {
    const { graphId, statuses, text, needsAnswer = false, limit, pageToken } = query;
    const key = pageToken === undefined ? TOP : decodePageToken(pageToken);
    const wanted = new Set(statuses);
    const all = wanted.size === 0 || wanted.size === sessionStatuses.length;
    const needle = text === undefined || text === '' ? undefined : lowerAscii(text);
    const statement = this.#statement({
      graph: graphId !== undefined,
      status: !all,
      text: needle !== undefined,
      needsAnswer,
    });
    const rows = (all ? [undefined] : [...wanted]).flatMap((status) =>
      statement.all({ ...key, graphId, status, text: needle, limit: limit + 1 }),
    );
    // Each status comes in order from its own index.
    if (!all) rows.sort(newestFirst);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      sessions: page.map(summaryOf),
      next: rows.length > limit && last !== undefined ? encodePageToken(last) : null,
    };
  }

  #statement(filters: Filters) {
    const statement = this.#statements.get(nameOf(filters));
    if (statement === undefined) throw new Error('unreachable: every combination is prepared');
    return statement;
  }
}

/** Which filters a statement has. */
interface Filters {
  readonly graph: boolean;
  readonly status: boolean;
  readonly text: boolean;
  readonly needsAnswer: boolean;
}

const nameOf = ({ graph, status, text, needsAnswer }: Filters) =>
  [graph, status, text, needsAnswer].join();

function sqlOf({ graph, status, text, needsAnswer }: Filters): string {
  const where = [
    '(created_at, session_id) < (@createdAt, @sessionId)',
    ...(graph ? ['graph_id = @graphId'] : []),
    ...(status ? ['status = @status'] : []),
    ...(text ? ['(instr(lower(title), @text) OR instr(lower(session_id), @text))'] : []),
    ...(needsAnswer ? ['open_prompt_count > 0'] : []),
  ];
  // What waits is few among many, whatever else is asked of it.
  const needing = graph ? 'sessions_by_graph_needing_answer' : 'sessions_needing_answer';
  return `
    SELECT ${summaryColumns} FROM sessions ${needsAnswer ? `INDEXED BY ${needing}` : ''}
    WHERE ${where.join(' AND ')}
    ORDER BY created_at DESC, session_id DESC LIMIT @limit
  `;
}

/** As SQLite's `lower` does it. */
const lowerAscii = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function newestFirst(a: SummaryRow, b: SummaryRow): number {
  // Ids in the order of their bytes, which is the index's.
  return (
    b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.sessionId), Buffer.from(a.sessionId))
  );
}
