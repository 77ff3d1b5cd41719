import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DraftStore } from './draft-store.ts';
import type { DraftFile, Entered } from '../../shared/field-value.ts';
import { memoryStore } from './memory-store.testing.ts';
import { emptyDraft, type Draft } from '../../shared/prompt-form.ts';

const DAY = 24 * 60 * 60 * 1000;

function setUp(storage = memoryStore()) {
  let now = 1_000 * DAY;
  const open = () =>
    new DraftStore(
      () => storage,
      () => now,
    );
  return { storage, store: open(), open, pass: (time: number) => (now += time) };
}

const draftOf = (text: string, files: DraftFile[] = []): Draft => ({
  ...emptyDraft,
  values: { text },
  files,
});
const fileOf = (data: string): DraftFile => ({ name: 'a.png', mimeType: 'image/png', data });

describe('a draft', () => {
  it('is there again after the page was closed, whatever is in it', () => {
    const file = fc.record({ name: fc.string(), mimeType: fc.string(), data: fc.string() });
    const { entered } = fc.letrec<{ entered: Entered }>((tie) => ({
      entered: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.boolean(),
        fc.record({ options: fc.array(fc.string()) }),
        fc.record({ file }),
        fc.record({
          values: fc.dictionary(
            fc
              .oneof(fc.string(), fc.constantFrom('name', 'mimeType', 'data', 'file'))
              .filter((name) => name !== '__proto__'),
            tie('entered'),
            { noNullPrototype: true },
          ),
        }),
        fc.record({ items: fc.array(fc.record({ key: fc.string(), value: tie('entered') })) }),
      ),
    }));
    const draft = fc.record({
      values: fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        entered,
        { noNullPrototype: true },
      ),
      ids: fc.array(fc.string()),
      files: fc.array(file),
    });
    fc.assert(
      fc.property(fc.string(), fc.string(), draft, (sessionId, interactionId, value) => {
        const { store, open } = setUp();
        expect(store.save(sessionId, interactionId, value)).toBe(true);
        expect([...open().load(sessionId)]).toEqual([[interactionId, value]]);
      }),
    );
  });

  it('is of its session and its prompt alone', () => {
    const { store } = setUp();
    store.save('s', 'i', draftOf('one'));
    store.save('s', 'j', draftOf('two'));
    store.save('s/2', 'i', draftOf('three'));
    expect([...store.load('s')]).toEqual([
      ['i', draftOf('one')],
      ['j', draftOf('two')],
    ]);
    store.remove('s', 'i');
    expect([...store.load('s').keys()]).toEqual(['j']);
    store.removeSession('s');
    expect([...store.load('s').keys()]).toEqual([]);
    expect([...store.load('s/2').keys()]).toEqual(['i']);
  });

  it('is kept without its files when they are too large, and says so', () => {
    const { store, storage } = setUp();
    expect(store.save('s', 'i', draftOf('mine', [fileOf('A'.repeat(500_000))]))).toBe(true);
    const large = draftOf('mine', [fileOf('A'.repeat(500_000)), fileOf('B'.repeat(500_001))]);
    expect(store.save('s', 'i', large)).toBe(false);
    expect(store.load('s').get('i')).toEqual(draftOf('mine'));
    expect(storage.entries.size).toBe(1);
  });

  it('is kept without its files when there is no room for them, and says so', () => {
    const { store, storage } = setUp(memoryStore(2_000));
    expect(store.save('s', 'i', draftOf('mine', [fileOf('A'.repeat(3_000))]))).toBe(false);
    expect(store.load('s').get('i')).toEqual(draftOf('mine'));
    expect(storage.entries.size).toBe(1);
  });

  it('does not write its files again with every key press', () => {
    const { store, storage } = setUp();
    const written: string[] = [];
    const { setItem } = storage;
    storage.setItem = (key, value) => {
      written.push(key);
      setItem(key, value);
    };
    const files = [fileOf('AAAA')];
    store.save('s', 'i', draftOf('m', files));
    store.save('s', 'i', draftOf('mi', files));
    store.save('s', 'i', draftOf('min', [...files, fileOf('BBBB')]));
    expect(written.filter((key) => key.includes('files'))).toHaveLength(2);
    expect(written).toHaveLength(5);
    expect(store.load('s').get('i')?.files).toHaveLength(2);
  });

  it('is forgotten after a month, and so is what cannot be read; nothing else is touched', () => {
    const { store, storage, pass } = setUp();
    store.save('s', 'old', draftOf('old', [fileOf('AAAA')]));
    pass(20 * DAY);
    store.save('s', 'new', draftOf('new', [fileOf('AAAA')]));
    storage.setItem('reattach.draft/s/broken', '{"savedAt":');
    storage.setItem('reattach.theme', 'dark');
    pass(11 * DAY);
    store.sweep();
    expect([...storage.entries.keys()].toSorted()).toEqual([
      'reattach.draft-files/s/new',
      'reattach.draft/s/new',
      'reattach.theme',
    ]);
  });
});

describe('a store that keeps nothing', () => {
  it('is no error when it is full', () => {
    const { store } = setUp(memoryStore(10));
    expect(store.save('s', 'i', draftOf('mine'))).toBe(true);
    expect([...store.load('s')]).toEqual([]);
  });

  it('is no error when it is forbidden', () => {
    const store = new DraftStore(
      () => {
        throw new DOMException('', 'SecurityError');
      },
      () => 0,
    );
    expect(store.save('s', 'i', draftOf('mine', [fileOf('AAAA')]))).toBe(false);
    expect([...store.load('s')]).toEqual([]);
    store.remove('s', 'i');
    store.removeSession('s');
    store.sweep();
  });
});
