import { expect, test } from 'vitest';
import { z } from 'zod';
import * as api from './api.ts';
import * as chat from './chat.ts';
import { eventBody, eventStamp } from './event.ts';
import { exportHeader } from './export.ts';
import { graphDescriptor } from './graph.ts';
import { prompt } from './prompt.ts';
import { feedEntry, sessionStatusReport } from './session.ts';

test('a change of the wire does not slip by: it changes wire.schema.json, and PROTOCOL.md with it', async () => {
  const exported: [string, unknown][] = Object.entries({ ...api, ...chat });
  const schemas = exported.filter(
    (entry): entry is [string, z.core.$ZodType] => entry[1] instanceof z.core.$ZodType,
  );
  const all = {
    ...Object.fromEntries(schemas),
    eventBody,
    eventStamp,
    exportHeader,
    graphDescriptor,
    prompt,
    feedEntry,
    sessionStatusReport,
  };
  const wire = Object.entries(all).map(([name, schema]): [string, unknown] => [
    name,
    z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }),
  ]);
  const text = `${JSON.stringify(Object.fromEntries(wire), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('wire.schema.json');
});
