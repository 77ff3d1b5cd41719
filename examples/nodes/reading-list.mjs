/**
 * A node module: its default export maps names of node types to handlers. Nothing is imported; all
 * that a handler needs is on the `ctx` that it is given. To load a module of your own:
 *
 *   npm start -- --nodes path/to/your-module.mjs
 *
 * A handler reads like a script that is never interrupted, and yet days may pass in the middle of it,
 * or the server may be killed. It is then run again from its top, and every `ctx` operation that is in
 * the session's log returns what it returned the first time instead of happening again. Two habits
 * follow from that:
 *
 * - what reaches outside (a request, a file, a clock, a random number) goes into a `ctx.step`;
 * - between operations there is only plain computation on what they returned.
 */

/** Stands for a library's catalogue, so that the example runs without a network. */
const CATALOGUE = [
  {
    id: 'walden',
    title: 'Walden',
    author: 'Henry David Thoreau',
    shelf: 'B 12',
    about: 'nature quiet',
  },
  {
    id: 'voyage',
    title: 'The Voyage of the Beagle',
    author: 'Charles Darwin',
    shelf: 'N 3',
    about: 'nature travel science',
  },
  {
    id: 'moby',
    title: 'Moby-Dick',
    author: 'Herman Melville',
    shelf: 'F 40',
    about: 'sea travel novel',
  },
  {
    id: 'alice',
    title: 'Alice’s Adventures in Wonderland',
    author: 'Lewis Carroll',
    shelf: 'C 1',
    about: 'novel logic',
  },
  {
    id: 'flatland',
    title: 'Flatland',
    author: 'Edwin A. Abbott',
    shelf: 'M 7',
    about: 'science logic novel',
  },
];

export default {
  /**
   * Finds a book, reserves it, and waits until it is there. `configuration.readyAfterMs` says how
   * long that takes. Outputs one port a key of the object at the end.
   */
  'library-hold': async (ctx) => {
    // A prompt suspends the session until somebody answers, in whatever tab, today or next week.
    const { reader, topic } = await ctx.form({
      schema: {
        type: 'object',
        properties: {
          reader: { type: 'string', title: 'Your name' },
          topic: {
            type: 'string',
            title: 'What would you like to read about?',
            enum: ['nature', 'travel', 'science', 'sea', 'logic'],
          },
        },
        required: ['reader', 'topic'],
      },
    });

    // A step runs until its result is stored, and never again after that. When the server dies in
    // the middle of it, it runs again as its next attempt. Inside, use the step's own context: what
    // it emits belongs to the attempt, and `step.signal` tells when to give up.
    const found = await ctx.step('search', async (step) => {
      await step.thought(`Looking for books about ${topic}.`);
      const books = await searchCatalogue(topic, step.signal);
      await step.emit({ functionCall: { name: 'search', args: { topic }, found: books.length } });
      return books;
    });

    // The answer is an array of ids. `key` names the prompt, so that another one may be added above
    // it one day without a waiting session mistaking the two.
    const [id] = await ctx.choose({
      key: 'which-book',
      prompt: `${found.length} on the shelf about ${topic}. Which one shall we put aside?`,
      choices: found.map((book) => ({ id: book.id, content: `${book.title}, ${book.author}` })),
      noneOfTheAboveLabel: 'None of these',
    });
    const book = found.find((candidate) => candidate.id === id);
    // Whatever is thrown fails the node, with this message, and leaves other branches alone.
    if (book === undefined) throw new Error(`${reader} found nothing about ${topic}.`);

    // An attempt may be cut short after the library heard of it and before its answer was stored. A
    // name for the request that is the same on every attempt lets the other side see that it is one.
    const hold = await ctx.step(
      'place-hold',
      (step) =>
        placeHold({ request: `${ctx.sessionId}/${ctx.nodeId}`, book: book.id }, step.signal),
      { retries: 3 },
    );
    await ctx.emit({ content: `${book.title} is being fetched from the stacks, hold ${hold}.` });

    // Survives restarts. A long one costs nothing: no process waits for it.
    await ctx.sleep(ctx.configuration.readyAfterMs ?? 20_000);

    // With a deadline and a default, nobody is waited for longer than a day.
    const renew = await ctx.consent({
      prompt: `${book.title} is at the desk, ${reader}. Shall it be kept for a second week?`,
      consentType: 'extend-hold',
      scope: { hold },
      timeoutMs: 24 * 60 * 60 * 1000,
      default: false,
    });

    return { reader, title: book.title, author: book.author, shelf: book.shelf, hold, renew };
  },
};

/** Where a real module would call a service, and pass `signal` on to `fetch`. */
async function searchCatalogue(topic, signal) {
  signal.throwIfAborted();
  return CATALOGUE.filter((book) => book.about.split(' ').includes(topic));
}

/** The same request always gets the same number, as a service with idempotency keys would do. */
async function placeHold({ request, book }, signal) {
  signal.throwIfAborted();
  let digits = 0;
  for (const character of `${request}/${book}`) {
    digits = (digits * 31 + character.codePointAt(0)) % 90_000;
  }
  return `H${10_000 + digits}`;
}
