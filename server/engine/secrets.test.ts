import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Clock } from './clock.ts';
import { engineWith, has, oneNode, starting, untilLog } from './engine.testing.ts';
import type { NodeHandler } from './handler.ts';
import { Secrets } from './secrets.ts';

function secretsOf(...tokens: string[]): Secrets {
  const secrets = new Secrets();
  for (const token of tokens) secrets.add(token);
  return secrets;
}

const stamp = { index: 3, time: 100 };
const error = (text: string): SessionEvent => ({
  ...stamp,
  type: 'nodeError',
  nodeId: 'n',
  error: text,
});

describe('a text', () => {
  it('loses every occurrence of every token', () => {
    expect(secretsOf('tok-1', 'tok-2').redact('tok-1 and tok-2 and tok-1')).toBe(
      '[redacted] and [redacted] and [redacted]',
    );
  });

  it('is itself while there is no token', () => {
    expect(new Secrets().redact('anything')).toBe('anything');
  });

  it('loses a token as it looks in a URL, in a form and in JSON', () => {
    const token = `a/b+c=d "e"\\f(g)'h' ü`;
    const secrets = secretsOf(token);
    const form = new URLSearchParams({ t: token }).toString();
    const url = new URL('http://h/');
    url.searchParams.set('t', token);
    expect(secrets.redact(`http://h/?t=${encodeURIComponent(token)}&x`)).toBe(
      'http://h/?t=[redacted]&x',
    );
    expect(secrets.redact(encodeURIComponent(token).toLowerCase())).toBe('[redacted]');
    expect(secrets.redact(form)).toBe('t=[redacted]');
    expect(secrets.redact(url.href)).toBe('http://h/?t=[redacted]');
    expect(secrets.redact(JSON.stringify({ t: token }))).toBe('{"t":"[redacted]"}');
    expect(secrets.redact(JSON.stringify(JSON.stringify({ t: token })))).toBe(
      JSON.stringify('{"t":"[redacted]"}'),
    );
  });

  it('loses all of a token that another begins with', () => {
    expect(secretsOf('abc', 'abcdef').redact('abcdef abc')).toBe('[redacted] [redacted]');
  });

  it('keeps the marks of what was taken out, whatever the tokens', () => {
    expect(secretsOf('secret', 'red').redact('secret red')).toBe('[redacted] [redacted]');
  });

  it('loses a token of characters that mean something in a pattern', () => {
    expect(secretsOf('a.b*(c').redact('a.b*(c axb')).toBe('[redacted] axb');
    expect(secretsOf('$&').redact('<$&>')).toBe('<[redacted]>');
  });

  it('loses a token that no URL can carry', () => {
    expect(secretsOf('x\ud800y').redact('<x\ud800y>')).toBe('<[redacted]>');
  });
});

it('leaves the names of operations to tokens that are no words', () => {
  const long = '0123456789abcdef';
  expect(secretsOf('ideas', long).redactName(`ideas of ${long}`)).toBe('ideas of [redacted]');
});

describe('an event', () => {
  it('loses tokens at any depth, in values and in names', () => {
    const token = 'tok-0123456789abcdef';
    const event: SessionEvent = {
      ...stamp,
      type: 'agentEvent',
      nodeId: 'n',
      event: { functionCall: { args: [{ auth: `Bearer ${token}` }], [token]: 1 } },
    };
    expect(secretsOf(token).redactEvent(event)).toEqual({
      ...event,
      event: { functionCall: { args: [{ auth: 'Bearer [redacted]' }], '[redacted]': 1 } },
    });
  });

  it('keeps its shape when the token is a word that it is made of', () => {
    const prompt = { role: 'model', parts: [{ text: 'What text?' }] };
    const event: SessionEvent = {
      ...stamp,
      type: 'inputRequired',
      nodeId: 'n',
      op: 'ask:ask:0',
      interactionId: 'i',
      suspendEvent: { waitForInput: { prompt, inputType: 'text' } },
    };
    for (const word of ['waitForInput', 'parts', 'role', 'model', 'prompt', 'inputType', 'ask']) {
      expect(secretsOf(word).redactEvent(event)).toBe(event);
    }
    expect(secretsOf('text').redactEvent(event)).toEqual({
      ...event,
      suspendEvent: {
        waitForInput: {
          prompt: { role: 'model', parts: [{ text: 'What [redacted]?' }] },
          inputType: 'text',
        },
      },
    });
  });

  it('is the same object when there is no token in it', () => {
    const event = error('all is well');
    expect(secretsOf('tok').redactEvent(event)).toBe(event);
    expect(new Secrets().redactEvent(event)).toBe(event);
  });

  it('keeps what the log is held together by', () => {
    const event: SessionEvent = {
      ...stamp,
      type: 'inputRequired',
      nodeId: 'tok',
      op: 'ask:tok:0',
      interactionId: 'tok',
      suspendEvent: { queryConsent: { consentType: 'tok' } },
    };
    expect(secretsOf('tok').redactEvent(event)).toEqual({
      ...event,
      suspendEvent: { queryConsent: { consentType: '[redacted]' } },
    });
  });

  it('keeps the ids of the graph that a session starts with', () => {
    const event: SessionEvent = {
      index: 0,
      time: 1,
      type: 'graphStart',
      sessionId: 's',
      graphId: 'g',
      mode: 'interactive',
      graph: {
        title: 'for tok',
        nodes: [
          { id: 'tok', type: 'tok', title: 'tok!' },
          { id: 'b', type: 't' },
        ],
        edges: [{ from: 'tok', to: 'b', out: 'tok' }],
      },
    };
    expect(secretsOf('tok').redactEvent(event)).toEqual({
      ...event,
      graph: {
        ...event.graph,
        title: 'for [redacted]',
        nodes: [
          { id: 'tok', type: 'tok', title: '[redacted]!' },
          { id: 'b', type: 't' },
        ],
      },
    });
  });
});

/** A clock that stands still; `letGo` sets off the timer that lets go of a session at rest. */
function handClock(): { clock: Clock; letGo: () => Promise<void> } {
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 1000,
    at: (_, run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
    defer: (run) => {
      setImmediate(run);
    },
  };
  const letGo = async () => {
    while (timers.size === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const run of [...timers]) run();
  };
  return { clock, letGo };
}

describe('an access token', () => {
  const answer = { input: { parts: [{ text: 'yes' }] } };

  it('outlives the letting go of a handler, and not the server', async () => {
    const store = await openSqliteStore({ file: ':memory:' });
    const { clock, letGo } = handClock();
    const seen: (string | undefined)[] = [];
    const handler: NodeHandler = async (ctx) => {
      seen.push(ctx.accessToken());
      for (const key of ['a', 'b']) await ctx.ask({ prompt: key, key });
      return `it is ${ctx.accessToken() ?? 'gone'}, it was tok-secret`;
    };
    let engine = engineWith(store, handler, { clock });
    const { sessionId } = await engine.start(
      starting({ graph: oneNode, accessToken: 'tok-secret' }),
    );
    const asked = async (times: number) => {
      const log = await untilLog(
        store,
        sessionId,
        (events) => events.filter(({ type }) => type === 'inputRequired').length === times,
      );
      const event = log.findLast(({ type }) => type === 'inputRequired');
      return event?.type === 'inputRequired' ? event.interactionId : '';
    };
    const first = await asked(1);
    await letGo();
    await engine.resume(sessionId, { interactionId: first, response: answer });
    const second = await asked(2);
    expect(seen).toEqual(['tok-secret', 'tok-secret']);
    await engine.close();
    engine = engineWith(store, handler, { clock });
    await engine.recover();
    await engine.resume(sessionId, {
      interactionId: second,
      response: answer,
      accessToken: 'tok-fresh',
    });
    const log = await untilLog(store, sessionId, has('graphComplete'));
    expect(seen.slice(2)).toEqual(['tok-fresh']);
    expect(log.find(({ type }) => type === 'nodeEnd')).toMatchObject({
      outputs: { output: 'it is [redacted], it was tok-secret' },
    });
    await engine.close();
    await store.close();
  });

  it('stays out of the log after its handler was let go', async () => {
    const store = await openSqliteStore({ file: ':memory:' });
    const { clock, letGo } = handClock();
    const handler: NodeHandler = async (ctx) => {
      await ctx.ask({ prompt: '?' });
      throw new Error('GET http://h/?key=tok-secret failed');
    };
    const engine = engineWith(store, handler, { clock });
    const { sessionId } = await engine.start(
      starting({ graph: oneNode, accessToken: 'tok-secret' }),
    );
    const log = await untilLog(store, sessionId, has('inputRequired'));
    const event = log.at(-1);
    await letGo();
    await engine.resume(sessionId, {
      interactionId: event?.type === 'inputRequired' ? event.interactionId : '',
      response: answer,
    });
    const whole = await untilLog(store, sessionId, has('graphError'));
    expect(whole.find(({ type }) => type === 'nodeError')).toMatchObject({
      error: 'GET http://h/?key=[redacted] failed',
    });
    await engine.close();
    await store.close();
  });
});
