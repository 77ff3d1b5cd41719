/** The kinds of operation that a node's journal knows. */
export type OperationKind =
  'step' | 'ask' | 'choose' | 'form' | 'consent' | 'sleep' | 'emit' | 'thought';

/** Identifies an operation within its node: its kind, its name and its occurrence, from 0. */
export function operationId(kind: OperationKind, name: string, occurrence: number): string {
  return `${kind}:${name}:${occurrence}`;
}

/** Whether `op` is a step: a prompt that names one belongs to it. */
export function isStep(op: string): boolean {
  return op.startsWith('step:');
}
