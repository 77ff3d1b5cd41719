/** Fetches what draws prompts: a page that only lists sessions has no use for it. */
export async function loadPrompts(): Promise<void> {
  try {
    await Promise.all([import('../prompt-card.ts'), import('../prompt-leftover.ts')]);
  } catch {
    // The server is away: with the next change of the session it is tried again.
  }
}
