import { z } from 'zod/mini';

// The page's Content-Security-Policy allows no code made from text, and a schema decides when it is
// made whether to use some: this module comes before any of them.
z.config({ jitless: true });
