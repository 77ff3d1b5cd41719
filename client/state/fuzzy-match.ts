/**
 * How well a text fits what was typed; null when it does not. Each word of the query has to be in the
 * text as it is, or as letters that follow each other within a word and from word to word.
 */
export function fuzzyMatch(query: string, text: string): number | null {
  let score = 0;
  const lower = text.toLowerCase();
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const found = scoreOf(word, lower);
    if (found === null) return null;
    score += found;
  }
  return score;
}

function scoreOf(word: string, text: string): number | null {
  const whole = text.indexOf(word);
  if (whole >= 0) return 20 + word.length * 4 + (beginsWord(text, whole) ? 20 : 0);
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = nextOf(letter, text, at);
    if (next === null) return null;
    if (next === at + 1) score += 3;
    if (beginsWord(text, next)) score += 4;
    at = next;
  }
  return score;
}

/** The letter further on in the same word, or at the beginning of another. */
function nextOf(letter: string, text: string, at: number): number | null {
  let sameWord = at >= 0;
  for (let n = at + 1; n < text.length; n += 1) {
    const begins = beginsWord(text, n);
    if (begins) sameWord = false;
    if (text.charAt(n) === letter && (begins || sameWord)) return n;
  }
  return null;
}

function beginsWord(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(at - 1));
}
