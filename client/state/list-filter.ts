import { sessionStatus, type SessionStatus, type SessionSummary } from '../../shared/session.ts';

/** Which sessions of a graph the list shows. */
export interface ListFilter {
  /** Any of these; all when empty. */
  readonly statuses: readonly SessionStatus[];
  /** Part of the title or of the id, without regard to ASCII case. */
  readonly text: string;
  /** Only those with an open prompt that is not idle. */
  readonly needsAnswer: boolean;
}

export const NO_FILTER: ListFilter = { statuses: [], text: '', needsAnswer: false };

/** Whether anything is filtered at all. */
export function isFiltering({ statuses, text, needsAnswer }: ListFilter): boolean {
  return statuses.length > 0 || text !== '' || needsAnswer;
}

/** Whether the server would list the session under the filter. */
export function fits({ statuses, text, needsAnswer }: ListFilter, row: SessionSummary): boolean {
  if (statuses.length > 0 && !statuses.includes(row.status)) return false;
  if (needsAnswer && row.openPromptCount === 0) return false;
  const needle = lowerAscii(text);
  return [row.title, row.sessionId].some((field) => lowerAscii(field).includes(needle));
}

/** The filter that the query of an address says; what it does not know is passed over. */
export function filterOf(query: string): ListFilter {
  const parameters = new URLSearchParams(query);
  const words = new Set((parameters.get('status') ?? '').split(','));
  return {
    statuses: sessionStatus.options.filter((status) => words.has(status)),
    text: parameters.get('q') ?? '',
    needsAnswer: parameters.get('needsAnswer') === 'true',
  };
}

/** A filter as an address and the server's list take it; what does not filter is absent. */
export function filterParameters({ statuses, text, needsAnswer }: ListFilter): [string, string][] {
  return [
    ...(statuses.length === 0 ? [] : [['status', statuses.join(',')] satisfies [string, string]]),
    ...(text === '' ? [] : [['q', text] satisfies [string, string]]),
    ...(needsAnswer ? [['needsAnswer', 'true'] satisfies [string, string]] : []),
  ];
}

/** As the server's store does it. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
