import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionEvent } from '../../shared/event.ts';
import { parseFrame } from './watch-frame.ts';

const parsed = (data: unknown) => {
  const message = { id: undefined, event: 's', data: JSON.stringify(data) };
  const frame = parseFrame(message, 's');
  return frame?.kind === 'event' ? frame.event : frame;
};

describe('an event of a watched session', () => {
  it('is read as its schema reads it, whatever its members are', () => {
    const odd = fc.constantFrom<unknown>(null, -1, 1.5, 1e300, '', [], {}, true);
    const or = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: usual }, odd);
    const some = fc.constantFrom<unknown>({ content: 'a' }, { content: { text: 'b' } });
    const event = fc.record(
      {
        type: fc.constantFrom('agentEvent', 'thoughtEvent', 'nodeStart', 'somethingNew'),
        nodeId: or(fc.string({ maxLength: 2 })),
        event: or(some),
        text: or(fc.string({ maxLength: 2 })),
        op: or(fc.string({ maxLength: 2 })),
        attempt: or(fc.nat(3)),
        index: or(fc.nat(9)),
        time: or(fc.nat(9)),
        unknown: fc.constant(1),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(event, (data) => {
        const known = sessionEvent.safeParse(JSON.parse(JSON.stringify(data)));
        if (known.success) expect(parsed(data)).toEqual(known.data);
        else expect(parsed(data)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('has its place also when its type is not known', () => {
    const message = { id: undefined, event: 's', data: '{"type":"new","index":3,"time":1}' };
    expect(parseFrame(message, 's')).toEqual({
      kind: 'event',
      sessionId: 's',
      index: 3,
      event: null,
    });
  });
});
