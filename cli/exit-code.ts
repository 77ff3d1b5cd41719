import type { FinalStatus } from '../shared/session.ts';

/** What a command that saw a run's end leaves behind; 1 stands for a command that failed itself. */
export function exitCodeOf(status: FinalStatus | 'deleted'): number {
  switch (status) {
    case 'completed':
      return 0;
    case 'failed':
      return 2;
    case 'cancelled':
    case 'deleted':
      return 3;
  }
}

/** Of a command that did not wait for longer than it was told. */
export const TIMED_OUT = 4;
