import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { Rename } from './rename.ts';

function setUp(answer: () => Promise<void> = async () => undefined) {
  const sent: string[] = [];
  const renamed: string[] = [];
  const rename = new Rename(
    {
      rename: (sessionId, title) => {
        sent.push(`${sessionId}: ${title}`);
        return answer();
      },
    },
    (sessionId, title) => renamed.push(`${sessionId}: ${title}`),
  );
  rename.begin('a', 'Old');
  return { rename, sent, renamed, model: () => rename.model.get() };
}

describe('renaming a session', () => {
  it('sends the title without the space around it, and ends', async () => {
    const { rename, sent, renamed, model } = setUp();
    expect(model()).toEqual({ sessionId: 'a', text: 'Old', phase: 'editing', error: null });
    rename.edit('  New one ');
    await rename.save();
    expect([sent, renamed]).toEqual([['a: New one'], ['a: New one']]);
    expect(model()).toBeNull();
  });

  it('sends nothing for the same title, nor when it is given up', async () => {
    const { rename, sent, model } = setUp();
    await rename.save();
    expect(model()).toBeNull();
    rename.begin('a', 'Old');
    rename.edit('Other');
    rename.cancel();
    await rename.save();
    expect(sent).toEqual([]);
  });

  it('keeps the text and says why when the server does not take it', async () => {
    let refuse = true;
    const { rename, sent, model } = setUp(async () => {
      if (refuse) throw new ApiError(404, 'session_not_found', 'There is no such session.');
    });
    rename.edit('New');
    await rename.save();
    expect(model()).toEqual({
      sessionId: 'a',
      text: 'New',
      phase: 'editing',
      error: 'Not renamed. There is no such session.',
    });
    refuse = false;
    await rename.save();
    expect(sent).toHaveLength(2);
    expect(model()).toBeNull();
  });

  it('takes titles of 1 to 300 characters', async () => {
    const { rename, sent, model } = setUp();
    for (const text of [' ', 'x'.repeat(301)]) {
      rename.edit(text);
      await rename.save();
      expect(model()?.error).toBe('A title has 1 to 300 characters.');
      expect(model()?.text).toBe(text);
    }
    rename.edit('x'.repeat(300));
    await rename.save();
    expect(sent).toEqual([`a: ${'x'.repeat(300)}`]);
  });

  it('ends with its session', () => {
    const { rename, model } = setUp();
    rename.drop('b');
    expect(model()).not.toBeNull();
    rename.drop('a');
    expect(model()).toBeNull();
  });
});
