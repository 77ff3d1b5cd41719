import type { Page } from '@playwright/test';
import axe from 'axe-core';

/** A rule of axe that a page breaks, and the elements that break it. */
export interface Violation {
  readonly rule: string;
  readonly elements: readonly string[];
}

/**
 * What axe finds on a page as it is now, by all its rules. It runs in the page's one document: the
 * panel has no frames.
 */
export async function violationsOf(page: Page): Promise<Violation[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: checker } = window as unknown as { axe: typeof axe };
    const { violations } = await checker.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => ({
      rule: id,
      elements: nodes.map(({ html }) => html),
    }));
  });
}
