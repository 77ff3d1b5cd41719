import type { ConsoleMessage } from '@playwright/test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, isCall, test } from 'reattach/playwright';
import type { GraphDescriptor } from '../shared/graph.ts';
import { Latches } from './latches.ts';

/** What a file of tests may set by `test.use({…})`. */
interface Options {
  /** Graphs to offer beside the examples, by id. */
  extraGraphs: Record<string, GraphDescriptor>;
}

interface Fixtures {
  /** A directory of the test's own, removed after it. */
  directory: string;
  /** Lets the steps of `nodes/latch.mjs` go on. */
  latches: Latches;
}

/**
 * What the project's tests have beside the test that everybody gets. One in whose pages anything is
 * thrown, or complained of on the console, fails.
 */
export const baseTest = test.extend<Options & Fixtures>({
  extraGraphs: [{}, { option: true }],

  directory: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'reattach-e2e-'));
    await use(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },

  latches: async ({ directory }, use) => {
    await mkdir(join(directory, 'latches'));
    await use(new Latches(join(directory, 'latches')));
  },

  context: async ({ context }, use) => {
    const complaints: string[] = [];
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('console', (message) => {
      const isComplaint = message.type() === 'error' || message.type() === 'warning';
      if (isComplaint && !isRefusedCall(message)) complaints.push(message.text());
    });
    await use(context);
    expect(complaints, 'what pages complained of').toEqual([]);
  },
});

/** Whether the browser itself tells of a call that failed: calls may, and a killed server gives nothing. */
function isRefusedCall(message: ConsoleMessage): boolean {
  const text = message.text();
  if (text.startsWith('Failed to load resource: net::')) return true;
  return text.startsWith('Failed to load resource:') && isCall(message.location().url);
}
