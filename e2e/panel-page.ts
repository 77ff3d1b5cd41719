import type { Locator, Page } from '@playwright/test';

/** The panel as a person finds their way in it: by roles and names alone. */
export class PanelPage {
  readonly page: Page;
  readonly graph: Locator;
  readonly run: Locator;
  /** The list of the picked graph's sessions, newest first. */
  readonly rows: Locator;
  /** The open session. */
  readonly session: Locator;
  /** The open session's title. */
  readonly title: Locator;
  /** How the open session's stream is. */
  readonly stream: Locator;
  /** The open prompts of the open session. */
  readonly prompts: Locator;

  constructor(page: Page) {
    this.page = page;
    this.graph = page.getByRole('combobox', { name: 'Graph' });
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.rows = page.getByRole('grid', { name: 'Sessions' }).getByRole('row');
    this.session = page.getByRole('region', { name: 'Session', exact: true });
    this.title = this.session.getByRole('heading', { level: 2 });
    this.stream = this.session.getByRole('status');
    this.prompts = this.session.getByRole('form');
  }

  /** Opens the panel: at a graph, and at a session of it. */
  async goto(graphId?: string, sessionId?: string): Promise<void> {
    await this.page.goto(addressOf(graphId, sessionId));
  }

  /** A row of the list by its title. */
  row(title: string): Locator {
    return this.rows.filter({ has: this.page.getByRole('link', { name: title, exact: true }) });
  }

  /** The form of a node's prompt. */
  prompt(node: string): Locator {
    return this.session.getByRole('form', { name: `Prompt of ${node}` });
  }

  /** What happened in a node. */
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
