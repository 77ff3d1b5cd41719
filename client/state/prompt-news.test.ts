import { expect, it } from 'vitest';
import type { PromptState } from '../../shared/session-state.ts';
import { PromptNews } from './prompt-news.ts';

function setUp() {
  const said: string[] = [];
  const news = new PromptNews({
    onOpened: (sessionId, { interactionId }) => said.push(`${sessionId} asks ${interactionId}`),
    onAnswered: ({ interactionId, here }) =>
      said.push(`${interactionId} answered ${here ? 'here' : 'elsewhere'}`),
  });
  const show = (sessionId: string, ...ids: string[]) => {
    const prompts = ids.map((interactionId): [string, PromptState] => [
      interactionId,
      {
        ...{ interactionId, nodeId: 'n', op: 'form:form:0', idle: false, expiresAt: null },
        ...{ suspendEvent: { inputNode: {} }, fallback: undefined },
      },
    ]);
    news.shown({ sessionId, prompts: new Map(prompts) });
  };
  const answer = (sessionId: string, interactionId: string, here = true) =>
    news.resolved({ sessionId, nodeId: 'n', interactionId, response: {}, here });
  return { said, news, show, answer };
}

it('tells of each prompt once, however often it is shown, and of its answer', () => {
  const { said, show, answer } = setUp();
  show('s', 'a');
  show('s', 'a', 'b');
  answer('s', 'a');
  show('s', 'b');
  answer('s', 'b', false);
  show('s');
  expect(said).toEqual([
    ...['s asks a', 's asks b'],
    ...['a answered here', 'b answered elsewhere'],
  ]);
});

it('does not tell of answers to what was never shown, nor of another session', () => {
  const { said, show, answer } = setUp();
  answer('s', 'past');
  show('s', 'a');
  answer('other', 'a');
  answer('s', 'past');
  expect(said).toEqual(['s asks a']);
});

it('tells again of what is open when the session is opened again', () => {
  const { said, news, show } = setUp();
  show('s', 'a');
  news.shown(null);
  show('s', 'a');
  show('t', 'a');
  expect(said).toEqual(['s asks a', 's asks a', 't asks a']);
});
