import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../shared/json.ts';
import { defineNode, defineNodes } from './define-nodes.ts';
import type { NodeContext, NodeHandler } from './engine/handler.ts';
import { startTestServer } from './server.testing.ts';

const nodes = defineNodes({
  plain: async (ctx) => {
    expectTypeOf(ctx).toEqualTypeOf<NodeContext>();
    // @ts-expect-error an answer is LLM content, or null
    const answer: string = await ctx.ask({ prompt: 'Well?' });
    return answer;
  },
  trip: defineNode({
    configuration: z.object({ days: z.int().min(1), where: z.string().default('Ghent') }),
    inputs: z.object({ who: z.string() }),
    run: async (ctx) => {
      expectTypeOf(ctx.configuration).toEqualTypeOf<{ days: number; where: string }>();
      expectTypeOf(ctx.inputs.who).toBeString();
      // @ts-expect-error it has no such member
      expect(ctx.configuration.weeks).toBeUndefined();
      const { days, where } = ctx.configuration;
      const plan = await ctx.step('plan', () => `${ctx.inputs.who}: ${days} days in ${where}`);
      expectTypeOf(plan).toBeString();
      return { plan, node: ctx.nodeId, aborted: ctx.signal.aborted };
    },
  }),
  free: defineNode({ run: (ctx) => expectTypeOf(ctx.inputs).toEqualTypeOf<JsonObject>() }),
});

test('node types keep their names', () => {
  expectTypeOf(nodes.trip).toEqualTypeOf<NodeHandler>();
  // @ts-expect-error there is no such type
  expect(nodes.tour).toBeUndefined();
  // @ts-expect-error a handler is a function
  defineNodes({ wrong: 1 });
});

test.each([
  [{ days: 3 }, null, { plan: 'Ines: 3 days in Ghent', node: 'trip', aborted: false }],
  [{ days: 0 }, /^trip: configuration\.days: Too small: expected number to be >=1$/, {}],
  [{ days: 1, where: 2 }, /^trip: configuration\.where: .*expected string/, {}],
])(
  'a node with the configuration %j fails with %s, or gives %j',
  async (configuration, error, outputs) => {
    const graph = {
      nodes: [
        { id: 'who', type: 'named' },
        { id: 'trip', type: 'trip', configuration },
      ],
      edges: [{ from: 'who', to: 'trip', out: 'who', in: 'who' }],
    };
    const server = await startTestServer([], {
      nodeTypes: { ...nodes, named: () => ({ who: 'Ines' }) },
    });
    const { json } = await server.call('POST', '/v1beta1/graphSessions/new', { body: { graph } });
    const path = `/v1beta1/graphSessions/${json.sessionId as string}`;
    const query = 'waitFor=completed,failed&timeout=20';
    const { json: status } = await server.call('GET', `${path}/status?${query}`);
    if (error !== null) {
      expect(status.error).toMatch(error);
      return;
    }
    const { json: log } = await server.call('GET', `${path}/events`);
    expect((log.events as unknown[]).at(-1)).toMatchObject({ outputs: { trip: outputs } });
  },
);
