import type { Locator, Page } from '@playwright/test';

/**
 * The panel as a person finds their way in it: by roles and names alone. docs/playwright.md lists them;
 * they stay.
 */
export class PanelPage {
  readonly page: Page;
  readonly #origin: string;
  /** Picks the graph whose sessions are listed. */
  readonly graph: Locator;
  /** Starts a run of the picked graph. */
  readonly run: Locator;
  /** Narrows the list down to titles and ids that have this text. */
  readonly filter: Locator;
  /** The list of the picked graph's sessions, newest first. */
  readonly rows: Locator;
  /** The open session. */
  readonly session: Locator;
  /** The open session's title. */
  readonly title: Locator;
  /** How the open session's stream is: `Live`, `Ended`, `Reconnecting…`, … */
  readonly stream: Locator;
  /** The open prompts of the open session. */
  readonly prompts: Locator;
  /** What happened in each node of the open session. */
  readonly nodes: Locator;

  /** @param origin where the server is; the test's `baseURL` unless given */
  constructor(page: Page, origin = '') {
    this.page = page;
    this.#origin = origin;
    this.graph = page.getByRole('combobox', { name: 'Graph' });
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.filter = page.getByRole('searchbox', { name: 'Filter sessions' });
    this.rows = page.getByRole('grid', { name: 'Sessions' }).getByRole('row');
    this.session = page.getByRole('region', { name: 'Session', exact: true });
    this.title = this.session.getByRole('heading', { level: 2 });
    this.stream = this.session.getByRole('status');
    this.prompts = this.session.getByRole('form');
    this.nodes = this.session.getByRole('article');
  }

  /** Opens the panel: at a graph, and at a session of it. */
  async goto(graphId?: string, sessionId?: string): Promise<void> {
    await this.page.goto(this.#origin + addressOf(graphId, sessionId));
  }

  /** A row of the list by its title. */
  row(title: string): Locator {
    return this.rows.filter({ has: this.page.getByRole('link', { name: title, exact: true }) });
  }

  /** The form of a node's prompt, by the node's title. */
  prompt(node: string): Locator {
    return this.session.getByRole('form', { name: `Prompt of ${node}` });
  }

  /** What happened in a node, by its title. */
  node(node: string): Locator {
    return this.session.getByRole('article', { name: `Node ${node}` });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }
}

/** The address of a graph, and of a session of it. */
function addressOf(graphId?: string, sessionId?: string): string {
  const query = new URLSearchParams({
    ...(graphId === undefined ? {} : { graph: graphId }),
    ...(sessionId === undefined ? {} : { session: sessionId }),
  });
  return query.size === 0 ? '/' : `/?${query.toString()}`;
}
