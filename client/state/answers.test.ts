import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError, Unreachable } from '../api/api-error.ts';
import type { SessionFrame } from '../api/watch-frame.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { Answers } from './answers.ts';
import type { CheckAnswer } from './check-answer.ts';
import { clockTime } from './clock-time.ts';
import { DraftStore } from './draft-store.ts';
import { memoryStore } from './memory-store.testing.ts';
import { formOf, TEXT } from '../../shared/prompt-form.ts';

/** Unix milliseconds. */
const NOW = Date.UTC(2026, 0, 5, 12);

interface Extras {
  storage: ReturnType<typeof memoryStore>;
  check: CheckAnswer;
}

const noProblems: CheckAnswer = async () => [];

const form = formOf({
  waitForInput: { prompt: { parts: [{ text: 'What?' }] }, inputType: 'text' },
});

function setUp(
  outcomes: (Error | null)[],
  { storage = memoryStore(), check = noProblems }: Partial<Extras> = {},
) {
  const sent: { response: unknown; key: string }[] = [];
  const resume: ApiClient['resume'] = async (_session, { response }, key) => {
    sent.push({ response, key });
    const outcome = outcomes.shift() ?? null;
    if (outcome !== null) throw outcome;
  };
  let keys = 0;
  const newKey = () => `key-${(keys += 1)}`;
  const store = new DraftStore(
    () => storage,
    () => NOW,
  );
  const answers = new Answers({
    api: { resume },
    sessionId: 's',
    newKey,
    check,
    store,
    now: () => NOW,
  });
  const submission = () => answers.model.get().submissions.get('i');
  const draft = () => answers.model.get().drafts.get('i')?.values[TEXT];
  return { answers, sent, submission, draft };
}

describe('an answer', () => {
  it('is not sent while it is none', async () => {
    const { answers, sent, submission } = setUp([]);
    await answers.submit('i', form);
    expect(sent).toEqual([]);
    expect(submission()).toEqual({ phase: 'invalid', problems: { '': 'Write an answer.' } });
  });

  it('that does not fit is refused with the reason, and the draft stays', async () => {
    const refusal = new ApiError(422, 'invalid_answer', 'The number is too large.');
    const { answers, submission, draft } = setUp([refusal]);
    answers.edit('i', { values: { [TEXT]: 'mine' } });
    await answers.submit('i', form);
    expect(submission()).toEqual({
      phase: 'refused',
      message: 'The number is too large.',
      problems: {},
      closed: false,
    });
    expect(draft()).toBe('mine');
  });

  it('that comes too late is told so, and the draft stays', async () => {
    const resolvedAt = NOW / 1000 - 60;
    const refusal = new ApiError(409, 'interaction_resolved', '', { resolvedAt });
    const { answers, submission, draft } = setUp([refusal]);
    answers.edit('i', { values: { [TEXT]: 'mine' } });
    await answers.submit('i', form);
    expect(submission()).toEqual({
      phase: 'refused',
      message: `Answered at ${clockTime(resolvedAt, NOW / 1000)}.`,
      problems: {},
      closed: true,
    });
    expect(draft()).toBe('mine');
  });

  it('repeated after a lost connection is the same answer, and a changed one is another', async () => {
    const lost = () => new Unreachable(null);
    const { answers, sent } = setUp([lost(), lost(), null]);
    answers.edit('i', { values: { [TEXT]: 'mine' } });
    await answers.submit('i', form);
    await answers.submit('i', form);
    answers.edit('i', { values: { [TEXT]: 'yours' } });
    await answers.submit('i', form);
    expect(sent.map(({ key }) => key)).toEqual(['key-1', 'key-1', 'key-2']);
  });

  it('is sent once, and not changed while it is under way', async () => {
    const { answers, sent, submission, draft } = setUp([]);
    answers.edit('i', { values: { [TEXT]: 'mine' } });
    const first = answers.submit('i', form);
    const second = answers.submit('i', form);
    answers.edit('i', { values: { [TEXT]: 'changed' } });
    await Promise.all([first, second]);
    expect(sent).toHaveLength(1);
    expect(draft()).toBe('mine');
    expect(submission()).toEqual({ phase: 'accepted' });
  });
});

const strict = formOf({
  inputNode: { schema: { properties: { days: { type: 'integer' } }, required: ['days'] } },
});
const fill = (answers: Answers, text: string) => answers.edit('i', { values: { days: text } });

describe('what is wrong with an answer', () => {
  it('is found before it is sent', async () => {
    const asked: unknown[] = [];
    const check: CheckAnswer = async (schema, response) => {
      asked.push([Object.keys(schema), response]);
      return [{ pointer: '/days', message: 'Must be at least 1.' }];
    };
    const { answers, sent, submission } = setUp([], { check });
    fill(answers, '0');
    await answers.submit('i', strict);
    expect(asked).toEqual([[['properties', 'required'], { days: 0 }]]);
    expect(sent).toEqual([]);
    expect(submission()).toEqual({
      phase: 'invalid',
      problems: { '/days': 'Must be at least 1.' },
    });
  });

  it('is told by the server at its field', async () => {
    const problems = [{ pointer: '/days', message: 'Must be at least 1.' }];
    const refusal = new ApiError(422, 'invalid_answer', "'days' must be at least 1.", { problems });
    const { answers, submission } = setUp([refusal]);
    fill(answers, '0');
    await answers.submit('i', strict);
    expect(submission()).toMatchObject({
      phase: 'refused',
      problems: { '/days': 'Must be at least 1.' },
      closed: false,
    });
  });

  it('is also half a date, which the page alone can see', async () => {
    const { answers, sent, submission } = setUp([]);
    fill(answers, '1');
    await answers.submit('i', strict, ['/days']);
    expect(sent).toEqual([]);
    expect(submission()).toEqual({ phase: 'invalid', problems: { '/days': 'Is not complete.' } });
  });

  it('is forgotten where something is changed, and not elsewhere', async () => {
    const problems = [
      { pointer: '/a/0', message: 'A.' },
      { pointer: '/ab', message: 'B.' },
    ];
    const { answers, submission } = setUp([], { check: async () => problems });
    fill(answers, '1');
    await answers.submit('i', strict);
    answers.edit('i', {}, '/a');
    expect(submission()).toEqual({ phase: 'invalid', problems: { '/ab': 'B.' } });
    answers.edit('i', {}, '/ab');
    expect(submission()).toBe(undefined);
  });

  it('is not that the server lacks a node type: the prompt stays open', async () => {
    const refusal = new ApiError(409, 'session_blocked', 'Blocked.', { blockedBy: ['x'] });
    const { answers, submission } = setUp([refusal]);
    fill(answers, '1');
    await answers.submit('i', strict);
    expect(submission()).toMatchObject({ phase: 'refused', closed: false });
  });
});

describe('a draft', () => {
  it('is there when the session is opened again, until its answer is accepted', async () => {
    const storage = memoryStore();
    const before = setUp([], { storage });
    before.answers.edit('i', { values: { [TEXT]: 'mine' } });
    const after = setUp([new Unreachable(null), null], { storage });
    expect(after.draft()).toBe('mine');
    await after.answers.submit('i', form);
    expect(setUp([], { storage }).draft()).toBe('mine');
    await after.answers.submit('i', form);
    expect(after.submission()).toEqual({ phase: 'accepted' });
    expect(storage.entries.size).toBe(0);
  });

  it('is changed out of what it is by then', () => {
    const { answers } = setUp([]);
    answers.edit('i', { ids: ['a'] });
    answers.edit('i', ({ ids }) => ({ ids: [...ids, 'b'] }));
    expect(answers.model.get().drafts.get('i')?.ids).toEqual(['a', 'b']);
  });

  it('whose files are too large to be kept says so, until they are gone', () => {
    const { answers } = setUp([]);
    const file = { name: 'a', mimeType: 'b/c', data: 'A'.repeat(2_000_000) };
    answers.edit('i', { files: [file] });
    expect([...answers.model.get().unkept]).toEqual(['i']);
    answers.edit('i', { files: [] });
    expect([...answers.model.get().unkept]).toEqual([]);
  });
});

describe('a prompt that closes over a draft', () => {
  const at = (index: number) => ({ index, time: NOW / 1000 });
  const frame = (event: SessionEvent): SessionFrame => {
    return { kind: 'event', sessionId: 's', index: event.index, event };
  };
  const asks = frame({
    ...{ type: 'inputRequired', nodeId: 'n', op: 'o', interactionId: 'i', ...at(1) },
    suspendEvent: { waitForInput: { prompt: { parts: [{ text: 'What?' }] }, inputType: 'text' } },
  });
  const says = (text: string) =>
    frame({
      ...{ type: 'inputResolved', nodeId: 'n', interactionId: 'i', ...at(2) },
      response: { input: { role: 'user', parts: [{ text }] } },
    });
  const withdrawn = frame({
    ...{ type: 'inputWithdrawn', nodeId: 'n', interactionId: 'i', ...at(2) },
    reason: 'the run was cancelled',
  });
  const time = clockTime(NOW / 1000, NOW / 1000);

  function setUpOpen() {
    const storage = memoryStore();
    const parts = setUp([null], { storage });
    parts.answers.see(asks);
    parts.answers.see({ kind: 'replayComplete', sessionId: 's' });
    parts.answers.edit('i', { values: { [TEXT]: 'mine' } });
    const closed = () => parts.answers.model.get().closed.get('i');
    return { ...parts, storage, closed };
  }

  it('answered by somebody else leaves it at hand, over a reload too, until it is dismissed', () => {
    const { answers, closed, draft, storage } = setUpOpen();
    answers.see(says('theirs'));
    expect(closed()).toMatchObject({ nodeId: 'n', message: `Answered at ${time}.`, live: true });
    expect(draft()).toBe('mine');
    const again = setUp([], { storage });
    again.answers.see(asks);
    again.answers.see(says('theirs'));
    expect(again.answers.model.get().closed.get('i')).toMatchObject({ live: false });
    again.answers.dismiss('i');
    expect(again.answers.model.get().closed.size).toBe(0);
    expect([again.draft(), storage.entries.size]).toEqual([undefined, 0]);
  });

  it('with the very same answer leaves nothing: it was accepted, and the word of it was lost', () => {
    const { answers, closed, draft, storage } = setUpOpen();
    answers.see(says('mine'));
    expect([closed(), draft(), storage.entries.size]).toEqual([undefined, undefined, 0]);
  });

  it('that was accepted leaves nothing', async () => {
    const { answers, closed, draft } = setUpOpen();
    await answers.submit('i', form);
    answers.see(says('as the server wrote it'));
    expect([closed(), draft()]).toEqual([undefined, undefined]);
  });

  it('withdrawn says why and leaves it at hand, and is kept no longer', () => {
    const { answers, closed, draft, storage } = setUpOpen();
    answers.see(withdrawn);
    expect(closed()?.message).toBe(`Withdrawn at ${time}: the run was cancelled.`);
    expect([draft(), storage.entries.size]).toEqual(['mine', 0]);
    answers.edit('i', { values: { [TEXT]: 'changed' } });
    expect(draft()).toBe('mine');
  });

  it('in which nothing is entered any more leaves nothing', () => {
    const { answers, closed } = setUpOpen();
    answers.edit('i', { values: { [TEXT]: '' } });
    answers.see(says('theirs'));
    expect(closed()).toBe(undefined);
  });

  it('with its session is forgotten', () => {
    const { answers, storage } = setUpOpen();
    answers.see({ kind: 'deleted', sessionId: 's' });
    expect(storage.entries.size).toBe(0);
  });
});
