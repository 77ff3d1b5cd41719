import type { Panel } from './panel.ts';
import { handleOf, mayCancel, mayContinue, type SessionHandle } from './session-handle.ts';
import type { Shell } from './shell.ts';
import type { ShortcutId } from './shortcuts.ts';
import type { Theme } from './theme-choice.ts';

/** Something that the palette offers. */
export interface Command {
  /** Unique among the commands. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'action' | 'graph' | 'session';
  /** The shortcut that does the same. */
  readonly shortcut?: ShortcutId;
  readonly run: () => void;
}

/** Where a person can be taken; the page does it, for only it knows of focus. */
export interface PageFocus {
  readonly filter: () => void;
  readonly list: () => void;
  readonly graph: () => void;
  readonly session: () => void;
  readonly nextPrompt: () => void;
}

/** What is typed is compared with each: of more than this the list's own filter finds one. */
const MOST_SESSIONS = 2_000;

const THEMES: Readonly<Record<Theme, string>> = {
  system: 'Theme: as the system has it',
  light: 'Theme: light',
  dark: 'Theme: dark',
};

/** What can be done now, the most usual first. Reads signals, so that it may be part of a computation. */
export function commandsOf(shell: Shell, focus: PageFocus): Command[] {
  const { panel, themes, palette } = shell;
  const { graphId } = panel.place.get();
  const { graphs } = panel.graphs.model.get();
  const picked = graphs.find((graph) => graph.graphId === graphId);
  const open = openHandle(panel);
  const problem = panel.connection.get().phase === 'waiting';
  const theme = themes.theme.get();
  const commands: (Command | null)[] = [
    picked?.offered === true
      ? action(
          'run',
          `Run ${picked.title ?? picked.graphId}`,
          () => void panel.run().then(focus.session),
        )
      : null,
    action(
      'next-prompt',
      'Go to the next prompt that needs an answer',
      focus.nextPrompt,
      'next-prompt',
    ),
    action('filter', 'Filter the sessions', focus.filter, 'filter'),
    open !== null && mayCancel(open)
      ? action('cancel', `Cancel the run: ${open.title}`, () => void panel.cancel(open))
      : null,
    open !== null && mayContinue(open)
      ? action('continue', `Continue the session here: ${open.title}`, () => panel.continue(open))
      : null,
    open === null
      ? null
      : action('delete', `Delete the session: ${open.title}`, () => panel.remove(open)),
    open === null ? null : action('close', 'Close the session', () => panel.closeSession(), 'back'),
    open === null ? null : action('session', 'Go to the open session', focus.session),
    problem ? action('retry', 'Retry the connection now', () => panel.retryNow()) : null,
    action('list', 'Go to the list of sessions', focus.list, 'rows'),
    action('graph', 'Go to the choice of the graph', focus.graph, 'graph'),
    action(
      'toggle-list',
      panel.listOpen.get() ? 'Close the list of sessions' : 'Open the list of sessions',
      () => shell.toggleList(),
      'toggle-list',
    ),
    action('reset-sizes', 'Give the panes their usual sizes', () => shell.resetSizes()),
    ...(['system', 'light', 'dark'] as const)
      .filter((other) => other !== theme)
      .map((other) => action(`theme-${other}`, THEMES[other], () => themes.choose(other))),
    action('sheet', 'Show the keyboard shortcuts', () => palette.showSheet(), 'sheet'),
    ...graphs
      .filter((graph) => graph.graphId !== graphId)
      .map((graph): Command => {
        const title = graph.title ?? graph.graphId;
        const run = (): void => panel.pickGraph(graph.graphId);
        return { id: `graph ${graph.graphId}`, title, kind: 'graph', run };
      }),
    ...sessionsOf(panel),
  ];
  return commands.filter((command) => command !== null);
}

/** The sessions of the list that are loaded, the newest of them. */
function sessionsOf(panel: Panel): Command[] {
  const list = panel.list.get();
  if (list === null) return [];
  return list.model
    .get()
    .rows.slice(0, MOST_SESSIONS)
    .flatMap(({ sessionId }): Command[] => {
      const title = list.find(sessionId)?.title;
      if (title === undefined) return [];
      const run = (): void => panel.open(sessionId);
      return [{ id: `session ${sessionId}`, title, kind: 'session', run }];
    });
}

/** The open session; null for none, or a deleted one. */
function openHandle(panel: Panel): SessionHandle | null {
  const session = panel.opening.get()?.session;
  if (session === undefined) return null;
  const model = session.model.get();
  if (model.phase === 'deleted') return null;
  return handleOf(model, panel.list.get()?.find(model.sessionId));
}

function action(id: string, title: string, run: () => void, shortcut?: ShortcutId): Command {
  return { id, title, kind: 'action', run, ...(shortcut === undefined ? {} : { shortcut }) };
}
