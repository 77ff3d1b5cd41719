import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
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

describe('an event', () => {
  it('loses tokens at any depth, in values and in names', () => {
    const event: SessionEvent = {
      ...stamp,
      type: 'agentEvent',
      nodeId: 'n',
      event: { functionCall: { args: [{ auth: 'Bearer tok' }], tok: 1 } },
    };
    expect(secretsOf('tok').redactEvent(event)).toEqual({
      ...event,
      event: { functionCall: { args: [{ auth: 'Bearer [redacted]' }], '[redacted]': 1 } },
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
