/** The value of a frame's data; null for what is no JSON, which no version of ours knows. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said above.
    return null;
  }
}
