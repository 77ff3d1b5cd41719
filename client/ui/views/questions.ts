import type { BulkQuestion } from '../../state/list-pane.ts';
import type { SessionQuestion } from '../../state/panel.ts';
import type { Question } from '../confirm-dialog.ts';

/** What is asked before a session is deleted that has not finished, or continued here. */
export function sessionQuestion(asked: SessionQuestion | null): Question | null {
  if (asked === null) return null;
  const { about, session } = asked;
  if (about === 'continue') {
    return {
      heading: 'Continue this session here?',
      what: session.title,
      text: 'What it does is done from here on. If it still goes on where it came from, it is done twice.',
      no: 'Only read it',
      yes: 'Continue',
    };
  }
  return {
    heading: `Delete this ${session.status} session?`,
    what: session.title,
    text: 'It has not finished: it is cancelled first. This cannot be undone.',
    no: 'Keep',
    yes: 'Delete session',
  };
}

/** What is asked before several sessions are deleted of which some have not finished. */
export function bulkQuestion(asked: BulkQuestion | null): Question | null {
  if (asked === null) return null;
  const { count, unfinished } = asked;
  const all = count === unfinished;
  return {
    heading: `Delete ${count === 1 ? 'this session' : `these ${count} sessions`}?`,
    what: all ? 'Not finished' : `${unfinished} of them not finished`,
    text: 'What has not finished is cancelled first. That cannot be undone.',
    no: 'Keep',
    yes: `Delete ${count} ${count === 1 ? 'session' : 'sessions'}`,
  };
}
