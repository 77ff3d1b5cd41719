/** What a page costs to keep. */
interface Sized {
  /** Bytes. */
  readonly size: number;
}

interface Topic<Page> {
  readonly pages: Map<string, Promise<Page | null>>;
  size: number;
}

/** What keeping an entry costs besides its page, about. */
const ENTRY_SIZE = 500;

/**
 * Encoded pages, shared by all readers of a topic that stand at the same cursor. A page is good until
 * the next commit that touches the topic: drop it before the readers are woken. Of the topics that
 * nothing touches, the oldest go when the whole grows beyond `maxSize` bytes.
 */
export class PageCache<Page extends Sized> {
  readonly #topics = new Map<string, Topic<Page>>();
  readonly #maxSize: number;
  #size = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** The page of `key`, from `load` unless it is there or being loaded. A null is not kept. */
  get(topicName: string, key: string, load: () => Promise<Page | null>): Promise<Page | null> {
    const topic: Topic<Page> = this.#topics.get(topicName) ?? { pages: new Map(), size: 0 };
    this.#topics.set(topicName, topic);
    const known = topic.pages.get(key);
    if (known !== undefined) return known;
    const forget = () => {
      topic.pages.delete(key);
      if (topic.pages.size === 0 && this.#topics.get(topicName) === topic) this.drop(topicName);
    };
    const loading = load();
    topic.pages.set(key, loading);
    loading.then((page) => {
      if (page === null) forget();
      else if (this.#topics.get(topicName) === topic) this.#account(topic, page.size + ENTRY_SIZE);
    }, forget);
    return loading;
  }

  /** Forgets the pages of a topic. */
  drop(topicName: string): void {
    this.#size -= this.#topics.get(topicName)?.size ?? 0;
    this.#topics.delete(topicName);
  }

  #account(topic: Topic<Page>, size: number): void {
    topic.size += size;
    this.#size += size;
    for (const name of this.#topics.keys()) {
      if (this.#size <= this.#maxSize) return;
      this.drop(name);
    }
  }
}
