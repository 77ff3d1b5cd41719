import type { Style } from './style.ts';

/** How a person is talked to. */
export interface Dialog {
  readonly style: Style;
  /** Writes a line. */
  readonly say: (line: string) => void;
  /** The line that is written behind `query`; throws when the prompt is closed meanwhile. */
  readonly ask: (query: string) => Promise<string>;
  /** A file's content, and what it is. @throws Error for people when it cannot be read */
  readonly readFile: (path: string) => Promise<{ name: string; mimeType: string; data: string }>;
}

/** A text that may go on: a line that ends with a backslash is followed by another. */
export async function askText({ ask }: Dialog, query: string): Promise<string> {
  let text = '';
  for (let line = await ask(query); ; line = await ask('… ')) {
    if (!line.endsWith('\\')) return text + line;
    text += `${line.slice(0, -1)}\n`;
  }
}

/** Yes or no; `otherwise` for an empty line, which is asked again where that is null. */
export async function askYesNo(
  { ask, say }: Dialog,
  query: string,
  otherwise: boolean | null,
): Promise<boolean> {
  const letters = otherwise === null ? 'y/n' : otherwise ? 'Y/n' : 'y/N';
  for (;;) {
    const line = (await ask(`${query} [${letters}] `)).trim().toLowerCase();
    if (/^(y|yes|true)$/.test(line)) return true;
    if (/^(n|no|false)$/.test(line)) return false;
    if (line === '' && otherwise !== null) return otherwise;
    say('Write y or n.');
  }
}

/**
 * The places (from 0) that a line of numbers (from 1) names; null when it names something else.
 * Names are understood as well where they are unmistakable.
 */
export function placesIn(line: string, labels: readonly string[]): number[] | null {
  const whole = labels.findIndex((label) => label.toLowerCase() === line.trim().toLowerCase());
  if (whole >= 0) return [whole];
  const words = line.split(/[\s,]+/).filter((word) => word !== '');
  const places = words.map((word) => (/^\d+$/.test(word) ? Number(word) - 1 : -1));
  if (places.length === 0 || places.some((place) => place < 0 || place >= labels.length))
    return null;
  return [...new Set(places)];
}
