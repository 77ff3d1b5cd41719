import { z } from 'zod/mini';

const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

/** Half a surrogate pair is no text: it would not come back as it was stored. */
export const isWellFormed = z.refine<string>(wellFormed, 'must be well-formed Unicode');
