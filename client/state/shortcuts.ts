/** Where a shortcut holds. */
export type Scope =
  /** Everywhere, also while somebody types. */
  | 'anywhere'
  /** On the page, while nobody types. */
  | 'page'
  /** While the focus is in the list of sessions. */
  | 'list'
  /** While the focus is in a prompt; `answer` also while somebody types. */
  | 'prompt';

export type ShortcutId =
  | 'palette'
  | 'back'
  | 'sheet'
  | 'filter'
  | 'rows'
  | 'next-prompt'
  | 'graph'
  | 'toggle-list'
  | 'next-row'
  | 'previous-row'
  | 'next-page'
  | 'previous-page'
  | 'first-row'
  | 'last-row'
  | 'open-row'
  | 'in-row'
  | 'select'
  | 'select-more'
  | 'select-all'
  | 'select-none'
  | 'rename'
  | 'delete'
  | 'choose'
  | 'choose-none'
  | 'answer';

/** One line of the keyboard contract. */
export interface Shortcut {
  readonly id: ShortcutId;
  /**
   * As `KeyboardEvent.key` has them, letters small; before one `Shift+`, or `Mod+`, which is
   * Ctrl, or ⌘ on a Mac.
   */
  readonly keys: readonly string[];
  /** What it does, for people. */
  readonly name: string;
  readonly when: Scope;
  /** Whether it holds while somebody types as well; only what needs no letter can. */
  readonly typing: boolean;
}

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/**
 * The keyboard contract: the handlers match against it and the sheet shows it, so neither can know
 * of a shortcut that the other does not.
 */
export const shortcuts: readonly Shortcut[] = [
  on('anywhere', 'palette', ['Mod+k'], 'Run a command', true),
  on(
    'anywhere',
    'back',
    ['Escape'],
    'Go back: from a field to its prompt, the session, the list',
    true,
  ),
  on('page', 'sheet', ['?'], 'Show the keyboard shortcuts'),
  on('page', 'filter', ['/'], 'Filter the sessions'),
  on('page', 'rows', ['j', 'k'], 'Go to the list of sessions'),
  on('page', 'next-prompt', ['n'], 'Go to the next prompt that needs an answer'),
  on('page', 'graph', ['g'], 'Go to the choice of the graph'),
  on('page', 'toggle-list', ['['], 'Close or open the list of sessions'),
  on('list', 'next-row', ['j', 'ArrowDown'], 'Next session'),
  on('list', 'previous-row', ['k', 'ArrowUp'], 'Previous session'),
  on('list', 'next-page', ['PageDown'], 'A page down'),
  on('list', 'previous-page', ['PageUp'], 'A page up'),
  on('list', 'first-row', ['Home'], 'First session'),
  on('list', 'last-row', ['End'], 'Last session'),
  on('list', 'open-row', ['Enter'], 'Open the session'),
  on('list', 'in-row', ['ArrowRight', 'ArrowLeft'], 'Go through what can be done with a session'),
  on('list', 'select', [' '], 'Select the session, or not'),
  on('list', 'select-more', ['Shift+ArrowDown', 'Shift+ArrowUp'], 'Select the next as well'),
  on('list', 'select-all', ['Mod+a'], 'Select all'),
  on('list', 'select-none', ['Escape'], 'Select none'),
  on('list', 'rename', ['F2'], 'Rename the session'),
  on('list', 'delete', ['Delete'], 'Delete the session, or those selected'),
  on('prompt', 'choose', DIGITS, 'Choose by its place'),
  on('prompt', 'choose-none', ['0'], 'Choose none of the above'),
  on('prompt', 'answer', ['Mod+Enter'], 'Send the answer', true),
];

/** A key that was pressed, and what has to be known about when. */
export interface KeyPress {
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** An input method is at work: the key is its own. */
  readonly composing: boolean;
  /** The focus is where letters are taken. */
  readonly typing: boolean;
}

/** Which shortcut of these scopes a key press is; null for none. */
export function shortcutOf(press: KeyPress, scopes: readonly Scope[]): ShortcutId | null {
  if (press.composing) return null;
  const found = shortcuts.find(
    ({ keys, when, typing }) =>
      scopes.includes(when) && (typing || !press.typing) && keys.some((key) => fits(key, press)),
  );
  return found?.id ?? null;
}

function fits(chord: string, press: KeyPress): boolean {
  const [, modifier, key = ''] = /^(Mod\+|Shift\+)?(.+)$/.exec(chord) ?? [];
  if (press.altKey || (modifier === 'Mod+') !== (press.ctrlKey || press.metaKey)) return false;
  // What a sign needs Shift for differs from one keyboard to the next.
  const isSign = key.length === 1 && !/[a-z]/.test(key);
  if (!isSign && (modifier === 'Shift+') !== press.shiftKey) return false;
  return press.key === key || press.key.toLowerCase() === key;
}

function on(
  when: Scope,
  id: ShortcutId,
  keys: readonly string[],
  name: string,
  typing = false,
): Shortcut {
  return { id, keys, name, when, typing };
}
