import type { z } from 'zod';

/** The first thing that a schema found wrong: where, and in a sentence. */
export interface Complaint {
  /** Members joined by dots, as in `graph.nodes.0.id`; empty for the whole. */
  readonly field: string;
  readonly message: string;
}

/**
 * Tells a person what is wrong with `input`.
 * @param whole what to call the input itself, as in "The body"
 */
export function complaintOf(error: z.core.$ZodError, input: unknown, whole: string): Complaint {
  const [issue] = error.issues;
  if (issue === undefined) return { field: '', message: `${whole} is invalid.` };
  const field = issue.path.map(String).join('.');
  const subject = field === '' ? whole : `'${field}'`;
  return { field, message: `${subject} ${predicate(issue, valueAt(input, issue.path))}.` };
}

function predicate(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.message.startsWith('must ')) return issue.message;
  if (value === undefined) return 'is missing';
  const reason = issue.message.replace(/^Invalid (?:input|option): /, '');
  return `is invalid: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    input,
  );
}
