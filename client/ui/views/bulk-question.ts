import type { BulkQuestion } from '../../state/list-pane.ts';
import type { Question } from '../confirm-dialog.ts';

/** What is asked before several sessions are deleted of which some have not finished. */
export function bulkQuestion(asked: BulkQuestion | null): Question | null {
  if (asked === null) return null;
  const { count, unfinished } = asked;
  const all = count === unfinished;
  return {
    heading: `Delete ${count === 1 ? 'this session' : `these ${count} sessions`}?`,
    what: all ? 'Not finished' : `${unfinished} of them not finished`,
    text: 'What has not finished is cancelled first. That cannot be undone.',
    yes: `Delete ${count} ${count === 1 ? 'session' : 'sessions'}`,
  };
}
