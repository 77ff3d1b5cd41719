/** How texts stand out; each gives its text back as it is where there is no colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  ask(text: string): string;
}

const plain = (text: string) => text;

/** Of a stream that is no terminal, or whose user wants none. */
const plainStyle: Style = { bold: plain, dim: plain, good: plain, bad: plain, ask: plain };

const escape = (on: number, off: number) => (text: string) =>
  text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;

const ansiStyle: Style = {
  bold: escape(1, 22),
  dim: escape(2, 22),
  good: escape(32, 39),
  bad: escape(31, 39),
  ask: escape(36, 39),
};

/** Colours on a terminal, unless `NO_COLOR` is set to anything. */
export function styleOf(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  const wanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return stream.isTTY === true && wanted ? ansiStyle : plainStyle;
}

/**
 * A text of the log without what would steer a terminal: control characters other than tabs and
 * the ends of lines are gone.
 */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '');
}
