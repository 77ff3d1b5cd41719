import { describe, expect, it } from 'vitest';
import { NONE_OF_THE_ABOVE } from './prompt.ts';
import { answerOf, emptyDraft, formOf, TEXT, toggled, type PromptForm } from './prompt-form.ts';

const choice = (selectionMode: 'single' | 'multiple') =>
  formOf({
    waitForChoice: {
      prompt: { parts: [{ text: 'Which?' }] },
      choices: ['a', 'b', 'c'].map((id) => ({ id, content: { parts: [{ text: id }] } })),
      selectionMode,
      noneOfTheAboveLabel: 'None',
    },
  }) as PromptForm & { kind: 'choice' };

const question = (inputType: string, skipLabel?: string) =>
  formOf({
    waitForInput: {
      prompt: { parts: [{ text: 'What?' }] },
      inputType,
      ...(skipLabel === undefined ? {} : { skipLabel }),
    },
  });

describe('a prompt', () => {
  it('of an unknown kind, of none, or of a broken shape is answered as JSON', () => {
    expect(formOf({ dance: { tempo: 3 } })).toEqual({
      kind: 'json',
      name: 'dance',
      payload: { tempo: 3 },
      schema: null,
    });
    expect(formOf(undefined)).toEqual({
      kind: 'json',
      name: 'unknown',
      payload: null,
      schema: null,
    });
    expect(formOf({ waitForChoice: { choices: 'all' } })).toMatchObject({ kind: 'json' });
  });

  it('accepts words, files or both, as its input type says', () => {
    const accepts = (inputType: string) => {
      const form = question(inputType);
      return form.kind === 'question' && form.accepts;
    };
    expect(
      ['text', 'edit_note', 'any', 'asterisk', 'sing', 'file-upload', 'upload'].map(accepts),
    ).toEqual(['text', 'text', 'both', 'both', 'both', 'files', 'files']);
  });

  it('can be skipped only where it says so', () => {
    expect(question('text')).toMatchObject({ skipLabel: null });
    expect(question('text', 'Later')).toMatchObject({ skipLabel: 'Later' });
  });
});

describe('an answer', () => {
  it('to a question is its text and files as content', () => {
    const draft = {
      ...emptyDraft,
      values: { [TEXT]: 'this' },
      files: [{ name: 'a.png', mimeType: 'image/png', data: 'AAAA' }],
    };
    expect(answerOf(question('any'), draft)).toEqual({
      ok: true,
      response: {
        input: {
          role: 'user',
          parts: [{ text: 'this' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
        },
      },
    });
  });

  it('that is empty says what is missing', () => {
    const missing = (form: PromptForm) => answerOf(form, emptyDraft);
    expect(missing(question('text'))).toEqual({ ok: false, problems: { '': 'Write an answer.' } });
    expect(missing(choice('single'))).toEqual({ ok: false, problems: { '': 'Choose one.' } });
    expect(missing(choice('multiple'))).toEqual({
      ok: false,
      problems: { '': 'Choose at least one.' },
    });
  });

  it('as JSON is that JSON', () => {
    const form = formOf({ dance: {} });
    const draft = { ...emptyDraft, values: { [TEXT]: '{"step": [1]}' } };
    expect(answerOf(form, draft)).toEqual({ ok: true, response: { step: [1] } });
    expect(answerOf(form, emptyDraft).ok).toBe(false);
  });

  it('to a choice is the ids', () => {
    expect(answerOf(choice('multiple'), { ...emptyDraft, ids: ['a', 'c'] })).toEqual({
      ok: true,
      response: { selected: { ids: ['a', 'c'] } },
    });
  });
});

describe('choosing', () => {
  it('one takes the place of another', () => {
    expect(toggled(choice('single'), ['a'], 'b', true)).toEqual(['b']);
  });

  it('several keeps the order in which they are offered', () => {
    expect(toggled(choice('multiple'), ['c'], 'a', true)).toEqual(['a', 'c']);
    expect(toggled(choice('multiple'), ['a', 'c'], 'a', false)).toEqual(['c']);
  });

  it('none of the above stands alone', () => {
    const form = choice('multiple');
    expect(toggled(form, ['a', 'b'], NONE_OF_THE_ABOVE, true)).toEqual([NONE_OF_THE_ABOVE]);
    expect(toggled(form, [NONE_OF_THE_ABOVE], 'b', true)).toEqual(['b']);
  });
});

describe('content', () => {
  it('of a question is shown as it is', () => {
    expect(
      formOf({ waitForInput: { prompt: { parts: [{ text: '<b>' }] }, inputType: 'text' } }),
    ).toEqual({
      kind: 'question',
      prompt: { parts: [{ text: '<b>' }] },
      accepts: 'text',
      skipLabel: null,
    });
  });
});
