import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError, Unreachable } from '../api/api-error.ts';
import { Answers } from './answers.ts';
import type { CheckAnswer } from './check-answer.ts';
import { clockTime } from './clock-time.ts';
import { DraftStore } from './draft-store.ts';
import { memoryStore } from './memory-store.testing.ts';
import { formOf, TEXT } from './prompt-form.ts';

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
