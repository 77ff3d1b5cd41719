import type { Json, JsonObject } from '../../shared/json.ts';
import type { Problem } from '../../shared/schema-problems.ts';

/** Finds what the server would refuse; by field. Empty when nothing is wrong. */
export type CheckAnswer = (schema: JsonObject, response: Json) => Promise<readonly Problem[]>;

/** Checks with the server's own code, which is fetched when the first answer is to be checked. */
export const checkAnswer: CheckAnswer = async (schema, response) => {
  try {
    const { schemaProblems } = await import('../../shared/schema-problems.ts');
    return schemaProblems(schema, response);
  } catch {
    // The code cannot be had while the server is away. It checks the answer anyway.
    return [];
  }
};
