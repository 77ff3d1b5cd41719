import { expect, it } from 'vitest';
import { NONE_OF_THE_ABOVE } from '../../shared/prompt.ts';
import { draftText } from './draft-text.ts';
import { emptyDraft, formOf, TEXT } from '../../shared/prompt-form.ts';

it('is what was entered in each field, under its label', () => {
  const form = formOf({
    inputNode: {
      schema: {
        properties: {
          name: { type: 'string', title: 'Your name' },
          why: { type: 'string', format: 'multiline' },
          empty: { type: 'string' },
          size: { oneOf: [{ const: 's', title: 'Small' }] },
          tags: { type: 'array', items: { enum: ['x', 'y'] } },
          photo: { type: 'string', contentEncoding: 'base64' },
          guests: {
            type: 'array',
            items: {
              type: 'object',
              properties: { name: { type: 'string' }, sure: { type: 'boolean' } },
            },
          },
        },
      },
    },
  });
  const values = {
    name: 'Ada',
    why: 'One\nTwo',
    size: '0',
    tags: { options: ['0', '1'] },
    photo: { file: { name: 'a.png', mimeType: 'image/png', data: '' } },
    guests: { items: [{ key: '1', value: { values: { name: 'Tom' } } }] },
  };
  expect(draftText(form, { ...emptyDraft, values })).toBe(`Your name: Ada
why:
  One
  Two
size: Small
tags: x, y
photo: [a.png]
guests:
  - name: Tom
    sure: no`);
});

it('is the words of the choices, and the text and the files of an answer', () => {
  const choice = formOf({
    waitForChoice: {
      prompt: { parts: [] },
      choices: [{ id: 'a', content: { parts: [{ text: 'Apples' }] } }],
      selectionMode: 'multiple',
      noneOfTheAboveLabel: 'Nothing',
    },
  });
  const ids = ['a', NONE_OF_THE_ABOVE];
  expect(draftText(choice, { ...emptyDraft, ids })).toBe('Apples\nNothing');
  const question = formOf({ waitForInput: { prompt: { parts: [] }, inputType: 'any' } });
  const files = [{ name: 'a.png', mimeType: 'image/png', data: '' }];
  expect(draftText(question, { ...emptyDraft, values: { [TEXT]: 'This' }, files })).toBe(
    'This\n[a.png]',
  );
});
