import fc from 'fast-check';
import type { Json, JsonObject } from '../../../shared/json.ts';
import {
  parsePrompt,
  textContent,
  textOf,
  type LlmContent,
  type SuspendEvent,
} from '../../../shared/prompt.ts';
import type { NodeContext, NodeHandler, Operations, StepContext } from '../handler.ts';
import { operationId, type OperationKind } from '../operation.ts';

type PromptWord = 'ask' | 'choose' | 'form' | 'consent';

/** A prompt; with a time-out it is answered with its default, or rejects if it has none. */
interface PromptProgram {
  readonly do: PromptWord;
  readonly timeoutMs: number | null;
  readonly hasDefault: boolean;
}

/** What a step does before it ends. */
type InnerProgram =
  | { readonly do: 'emit' }
  | { readonly do: 'thought' }
  /** Something outside that takes its time. */
  | { readonly do: 'work' }
  | { readonly do: 'remember' }
  | { readonly do: 'forget' }
  /** A text that comes in pieces, each after some time. */
  | { readonly do: 'stream'; readonly pieces: number }
  /** Some steps end without having waited for what they asked. */
  | (PromptProgram & { readonly isAwaited: boolean });

interface StepProgram {
  readonly do: 'step';
  /** How many of its attempts fail. */
  readonly failures: number;
  readonly retries: number;
  readonly inside: readonly InnerProgram[];
}

/** What a handler does, as data. */
export type Program =
  | { readonly do: 'seq' | 'all' | 'race'; readonly of: readonly Program[] }
  | StepProgram
  | PromptProgram
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'emit' }
  | { readonly do: 'thought' }
  | { readonly do: 'throw' };

const promptFields = {
  do: fc.constantFrom<PromptWord[]>('ask', 'choose', 'form', 'consent'),
  timeoutMs: fc.option(fc.constantFrom(0, 50, 5000), { freq: 2 }),
  hasDefault: fc.boolean(),
};
const promptProgram: fc.Arbitrary<PromptProgram> = fc.record(promptFields);

const stepProgram: fc.Arbitrary<StepProgram> = fc.record({
  do: fc.constant('step'),
  failures: fc.constantFrom(0, 0, 0, 1, 2),
  retries: fc.constantFrom(0, 1, 3),
  inside: fc.array(
    fc.oneof(
      {
        arbitrary: fc.record({
          do: fc.constantFrom('emit', 'thought', 'work', 'remember', 'forget'),
        }),
        weight: 8,
      },
      {
        arbitrary: fc.record({
          do: fc.constant('stream'),
          pieces: fc.integer({ min: 2, max: 4 }),
        }),
        weight: 3,
      },
      { arbitrary: fc.record({ ...promptFields, isAwaited: fc.boolean() }), weight: 2 },
    ),
    { maxLength: 3 },
  ),
});

const simpleProgram: fc.Arbitrary<Program> = fc.oneof(
  { arbitrary: stepProgram, weight: 18 },
  { arbitrary: promptProgram, weight: 12 },
  {
    arbitrary: fc.record({
      do: fc.constant('sleep'),
      ms: fc.constantFrom(0, 10, 2000, 600_000),
    }),
    weight: 9,
  },
  { arbitrary: fc.record({ do: fc.constantFrom('emit', 'thought') }), weight: 12 },
  { arbitrary: fc.record({ do: fc.constant('throw') }), weight: 1 },
);

const { tree } = fc.letrec<{ tree: Program; group: Program }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, depthSize: 'small' }, simpleProgram, tie('group')),
  group: fc.record({
    do: fc.constantFrom('seq', 'seq', 'all', 'race'),
    of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
  }),
}));

/** Handlers that do anything that a handler can, at random. */
export const anyProgram: fc.Arbitrary<Program> = fc.record({
  do: fc.constant('seq'),
  of: fc.array(tree, { minLength: 1, maxLength: 4 }),
});

/** An operation of a handler's run. */
export interface OperationRef {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly op: string;
}

/** What one run of a handler tells of itself. */
export interface RunObserver {
  /** The code of an attempt begins to run. */
  attemptBegins(ref: OperationRef, attempt: number): void;
  /** An operation's result has reached the handler. */
  released(ref: OperationRef, value: Json): void;
}

/** The world as a program's code meets it. */
export interface Surroundings {
  /** Something outside that takes its time. */
  work(): Promise<void>;
  /** A handler begins at its top. */
  runBegins(sessionId: string, nodeId: string): RunObserver;
  /** How many attempts of a step are known to have failed. */
  failuresOf(ref: OperationRef): number;
}

/** A piece of a text that comes in so many: it says which, so that none can be missed or doubled. */
function pieceOf(id: string, n: number, pieces: number): string {
  return `[${id}#${n}/${pieces}]`;
}

/** The handler that does what `configuration.program` says. Its output tells what it was given. */
export function programHandler(surroundings: Surroundings): NodeHandler {
  return async (ctx) => {
    const program = ctx.configuration['program'] as unknown as Program;
    return { output: await new Run(ctx, surroundings).run(program, '0', '0') };
  };
}

class Run {
  readonly #ctx: NodeContext;
  readonly #around: Surroundings;
  readonly #observer: RunObserver;
  readonly #occurrences = new Map<string, number>();

  constructor(ctx: NodeContext, around: Surroundings) {
    this.#ctx = ctx;
    this.#around = around;
    this.#observer = around.runBegins(ctx.sessionId, ctx.nodeId);
  }

  /** `path` is the program's own; `branch` that of the concurrent branch around it. */
  async run(program: Program, path: string, branch: string): Promise<Json> {
    switch (program.do) {
      case 'seq': {
        const values: Json[] = [];
        for (const [i, part] of program.of.entries()) {
          values.push(await this.run(part, `${path}.${i}`, branch));
        }
        return values;
      }
      case 'all':
        return Promise.all(this.#branches(program.of, path));
      case 'race':
        return { won: await Promise.race(this.#branches(program.of, path)) };
      case 'throw':
        throw new Error(`thrown at ${path}`);
      case 'emit':
        return this.#operation('emit', 'emit', async () => {
          await this.#ctx.emit({ said: path });
          return 'emitted';
        });
      case 'thought':
        return this.#operation('thought', 'thought', async () => {
          await this.#ctx.thought(path);
          return 'thought';
        });
      case 'sleep':
        return this.#operation('sleep', 'sleep', async () => {
          await this.#ctx.sleep(program.ms);
          return 'slept';
        });
      case 'step':
        return this.#operation('step', branch, (ref) =>
          this.#ctx.step(branch, (step) => this.#attempt(program, path, step, ref), {
            retries: program.retries,
          }),
        );
      default:
        return this.#operation(program.do, branch, () => prompt(this.#ctx, program, path, branch));
    }
  }

  #branches(parts: readonly Program[], path: string): Promise<Json>[] {
    return parts.map((part, i) => this.run(part, `${path}.${i}`, `${path}.${i}`));
  }

  async #attempt(
    program: StepProgram,
    path: string,
    step: StepContext,
    ref: OperationRef,
  ): Promise<Json> {
    this.#observer.attemptBegins(ref, step.attempt);
    const failed = this.#around.failuresOf(ref);
    for (const [i, part] of program.inside.entries()) {
      const place = `${path}.${i}`;
      try {
        if (part.do === 'emit') await step.emit({ said: place });
        else if (part.do === 'thought') await step.thought(place);
        else if (part.do === 'remember') await step.remember('last', place);
        else if (part.do === 'forget') step.forget('last');
        else if (part.do === 'work') await this.#around.work();
        else if (part.do === 'stream') await this.#stream(step, place, part.pieces);
        else if (part.isAwaited) await prompt(step, part, place, undefined);
        else void prompt(step, part, place, undefined).catch(() => undefined);
      } catch {
        // Its time ran out, or the step is over; a step that goes on all the same must not matter.
      }
    }
    if (failed < program.failures) throw new Error(`failed at ${path}`);
    return `step ${path}`;
  }

  async #stream(step: StepContext, id: string, pieces: number): Promise<void> {
    for (let n = 0; n < pieces; n += 1) {
      const text = pieceOf(id, n, pieces);
      await step.emit({ content: { id, role: 'model', parts: [{ text }] } });
      await this.#around.work();
    }
  }

  /** Performs one operation; the value says how it ended. */
  async #operation(
    kind: OperationKind,
    name: string,
    perform: (ref: OperationRef) => Promise<Json>,
  ): Promise<Json> {
    const counter = `${kind}:${name}`;
    const occurrence = this.#occurrences.get(counter) ?? 0;
    this.#occurrences.set(counter, occurrence + 1);
    const { sessionId, nodeId } = this.#ctx;
    const ref = { sessionId, nodeId, op: operationId(kind, name, occurrence) };
    let value: Json;
    try {
      value = await perform(ref);
    } catch (error) {
      if (this.#ctx.signal.aborted) {
        // Handlers may try what they like: past the fence nothing must come of it.
        void this.#ctx.emit({ said: 'too late' }).catch(() => undefined);
        void this.#ctx.ask({ prompt: 'too late', key: 'late' }).catch(() => undefined);
        throw error;
      }
      value = { failed: error instanceof Error ? error.message : 'no error' };
    }
    this.#observer.released(ref, value);
    return value;
  }
}

function prompt(
  operations: Operations,
  program: PromptProgram,
  path: string,
  key: string | undefined,
): Promise<Json> {
  const { timeoutMs, hasDefault } = program;
  const common = {
    ...(key === undefined ? {} : { key }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
  };
  switch (program.do) {
    case 'ask':
      return operations.ask({
        ...common,
        prompt: path,
        ...(hasDefault ? { default: 'nothing' } : {}),
      }) as Promise<Json>;
    case 'choose':
      return operations.choose({
        ...common,
        prompt: path,
        choices: ['a', 'b', 'c'].map((id) => ({ id, content: id })),
        selectionMode: 'multiple',
        ...(hasDefault ? { default: ['a'] } : {}),
      });
    case 'form':
      return operations.form({
        ...common,
        schema: {
          title: path,
          type: 'object',
          properties: { x: { type: 'string' } },
          required: ['x'],
        },
        ...(hasDefault ? { default: { x: 'nothing' } } : {}),
      });
    case 'consent':
      return operations.consent({
        ...common,
        prompt: path,
        ...(hasDefault ? { default: false } : {}),
      });
  }
}

/** What a program's output is when every prompt is answered by `answerTo` in time. */
export function expectedOutput(program: Program, path = '0'): Json {
  switch (program.do) {
    case 'seq':
    case 'all':
      return program.of.map((part, i) => expectedOutput(part, `${path}.${i}`));
    case 'race':
      throw new TypeError('The winner of a race is a matter of time.');
    case 'throw':
      throw new Error(`thrown at ${path}`);
    case 'emit':
      return 'emitted';
    case 'thought':
      return 'thought';
    case 'sleep':
      return 'slept';
    case 'step':
      return program.failures > program.retries ? { failed: `failed at ${path}` } : `step ${path}`;
    case 'ask':
      return { role: 'user', parts: [{ text: `answer to ${path}` }] };
    case 'choose':
      return ['a', 'c'];
    case 'form':
      return { x: `answer to ${path}` };
    case 'consent':
      return true;
  }
}

/** Whether a program's output depends on what happens first. */
export function isTimed(program: Program): boolean {
  switch (program.do) {
    case 'race':
      return true;
    case 'seq':
      return program.of.some(isTimed);
    case 'all':
      return program.of.some(isTimed) || program.of.filter(throws).length > 1;
    case 'ask':
    case 'choose':
    case 'form':
    case 'consent':
      return program.timeoutMs !== null;
    default:
      return false;
  }
}

function throws(program: Program): boolean {
  return program.do === 'throw' || ('of' in program && program.of.some(throws));
}

/** The answer to a prompt that a program opened; texts in it say where it stands, and `tag`. */
export function answerTo(suspendEvent: SuspendEvent | undefined, tag = ''): Json {
  const prompt = parsePrompt(suspendEvent);
  switch (prompt?.kind) {
    case 'waitForInput':
      return { input: asJson(textContent(`answer to ${textOf(prompt.payload.prompt)}${tag}`)) };
    case 'waitForChoice':
      return { selected: { ids: ['a', 'c'] } };
    case 'inputNode':
      return { x: `answer to ${titleOf(prompt.payload.schema)}${tag}` };
    case 'queryConsent':
      return { consent: true };
    case undefined:
      throw new TypeError('No program asks this.');
  }
}

function titleOf(schema: JsonObject | undefined): string {
  const title = schema?.['title'];
  return typeof title === 'string' ? title : '';
}

function asJson(content: LlmContent): Json {
  return content as Json;
}
