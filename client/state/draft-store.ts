import { z } from 'zod/mini';
import type { DraftFile, Entered } from '../../shared/field-value.ts';
import type { Draft } from '../../shared/prompt-form.ts';

/** What of `localStorage` is used. */
export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Files are kept up to so many characters of base64 a draft: browsers give 5 million an origin. */
const MOST_FILE_CHARACTERS = 1_000_000;
/** How long a draft is kept, in milliseconds. */
const KEPT_FOR = 30 * 24 * 60 * 60 * 1000;

const DRAFT = 'reattach.draft/';
const FILES = 'reattach.draft-files/';

/**
 * Keeps drafts over a reload, a closed tab and a crash: in the browser, by session and prompt; the
 * origin is the store's own key. A store that is full, forbidden or broken keeps nothing, and that is
 * no error: the page goes on with what it has in memory.
 */
export class DraftStore {
  readonly #open: () => KeyValueStore;
  /** Unix milliseconds. */
  readonly #now: () => number;
  /** The files as they were written last: a key press does not write megabytes again. */
  readonly #written = new Map<string, readonly string[]>();

  constructor(open: () => KeyValueStore, now: () => number) {
    this.#open = open;
    this.#now = now;
  }

  /** The drafts of a session, by interaction. */
  load(sessionId: string): Map<string, Draft> {
    const drafts = new Map<string, Draft>();
    this.#attempt((store) => {
      const prefix = DRAFT + keyOf(sessionId);
      for (const key of keysOf(store)) {
        if (!key.startsWith(prefix)) continue;
        const id = key.slice(DRAFT.length);
        const draft = restored(store.getItem(key), store.getItem(FILES + id));
        const interactionId = decodeURIComponent(key.slice(prefix.length));
        if (draft !== null) drafts.set(interactionId, draft.draft);
      }
    });
    return drafts;
  }

  /** Keeps a draft. False when its files are not kept with it: they are too large. */
  save(sessionId: string, interactionId: string, draft: Draft): boolean {
    const id = keyOf(sessionId, interactionId);
    const files: string[] = [];
    const text = JSON.stringify({ savedAt: this.#now(), draft: storedDraft(draft, files) });
    const fits = files.reduce((sum, data) => sum + data.length, 0) <= MOST_FILE_CHARACTERS;
    let filesKept = files.length === 0;
    this.#attempt((store) => {
      if (files.length === 0 || !fits) {
        store.removeItem(FILES + id);
        this.#written.delete(id);
      }
      store.setItem(DRAFT + id, text);
      if (files.length === 0 || !fits) return;
      const before = this.#written.get(id);
      if (before?.length !== files.length || before.some((data, n) => data !== files[n])) {
        this.#written.delete(id);
        store.setItem(FILES + id, JSON.stringify(files));
        this.#written.set(id, files);
      }
      filesKept = true;
    });
    return filesKept;
  }

  remove(sessionId: string, interactionId: string): void {
    this.#remove(keyOf(sessionId, interactionId));
  }

  /** Forgets the drafts of a session that is gone. */
  removeSession(sessionId: string): void {
    this.#removeWhere((id) => id.startsWith(keyOf(sessionId)));
  }

  /** Forgets what is older than a month, or cannot be read. */
  sweep(): void {
    const oldest = this.#now() - KEPT_FOR;
    this.#attempt((store) => {
      this.#removeWhere((id) => {
        const savedAt = restored(store.getItem(DRAFT + id), null)?.savedAt ?? 0;
        return savedAt < oldest;
      });
    });
  }

  #removeWhere(isMeant: (id: string) => boolean): void {
    this.#attempt((store) => {
      for (const key of keysOf(store)) {
        const prefix = [DRAFT, FILES].find((each) => key.startsWith(each));
        if (prefix !== undefined && isMeant(key.slice(prefix.length))) {
          this.#remove(key.slice(prefix.length));
        }
      }
    });
  }

  #remove(id: string): void {
    this.#written.delete(id);
    this.#attempt((store) => {
      store.removeItem(DRAFT + id);
      store.removeItem(FILES + id);
    });
  }

  #attempt(act: (store: KeyValueStore) => void): void {
    try {
      act(this.#open());
    } catch {
      // Full, forbidden or broken: the draft lives in memory alone.
    }
  }
}

const file = z.object({ name: z.string(), mimeType: z.string(), data: z.int() });
type StoredFile = z.infer<typeof file>;

type StoredEntered =
  | string
  | boolean
  | { options: string[] }
  | { file: StoredFile }
  | { values: Record<string, StoredEntered> }
  | { items: { key: string; value: StoredEntered }[] };

const entered: z.ZodMiniType<StoredEntered> = z.lazy(() =>
  z.union([
    z.string(),
    z.boolean(),
    z.object({ options: z.array(z.string()) }),
    z.object({ file }),
    z.object({ values: z.record(z.string(), entered) }),
    z.object({ items: z.array(z.object({ key: z.string(), value: entered })) }),
  ]),
);

const stored = z.object({
  savedAt: z.number(),
  draft: z.object({
    values: z.record(z.string(), entered),
    ids: z.array(z.string()),
    files: z.array(file),
  }),
});

/** A draft as it was written; null when what is there is none. Files that were not kept are absent. */
function restored(
  text: string | null,
  filesText: string | null,
): { savedAt: number; draft: Draft } | null {
  const parsed = stored.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const data = z.array(z.string()).safeParse(parseJson(filesText)).data ?? [];
  const fileOf = (kept: StoredFile): DraftFile | null => {
    const bytes = data[kept.data];
    return bytes === undefined ? null : { ...kept, data: bytes };
  };
  const enteredOf = (value: StoredEntered): Entered => {
    if (typeof value !== 'object' || 'options' in value) return value;
    if ('file' in value) {
      const found = fileOf(value.file);
      return found === null ? '' : { file: found };
    }
    if ('values' in value) return { values: mapped(value.values, enteredOf) };
    return { items: value.items.map((item) => ({ ...item, value: enteredOf(item.value) })) };
  };
  const { savedAt, draft } = parsed.data;
  return {
    savedAt,
    draft: {
      values: mapped(draft.values, enteredOf),
      ids: draft.ids,
      files: draft.files.map(fileOf).filter((each) => each !== null),
    },
  };
}

/** A draft as it is written: the data of its files go into `files`, and their places stay. */
function storedDraft({ values, ids, files: own }: Draft, files: string[]): unknown {
  const fileOf = ({ name, mimeType, data }: DraftFile): StoredFile => ({
    ...{ name, mimeType },
    data: files.push(data) - 1,
  });
  const enteredOf = (value: Entered): unknown => {
    if (typeof value !== 'object' || 'options' in value) return value;
    if ('file' in value) return { file: fileOf(value.file) };
    if ('values' in value) return { values: mapped(value.values, enteredOf) };
    return { items: value.items.map((item) => ({ ...item, value: enteredOf(item.value) })) };
  };
  return { values: mapped(values, enteredOf), ids, files: own.map(fileOf) };
}

function mapped<From, To>(record: Record<string, From>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function keyOf(sessionId: string, interactionId = ''): string {
  return `${encodeURIComponent(sessionId)}/${encodeURIComponent(interactionId)}`;
}

function keysOf(store: KeyValueStore): string[] {
  return Array.from({ length: store.length }, (_, n) => store.key(n)).filter((key) => key !== null);
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
