import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { AppError } from '../errors.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { starting } from './engine.testing.ts';
import { faultsOfLog } from './simulation/check-log.testing.ts';
import { Disk } from './simulation/disk.testing.ts';
import { Laboratory } from './simulation/laboratory.testing.ts';
import {
  answerTo,
  anyProgram,
  expectedOutput,
  isTimed,
  programHandler,
  type Program,
} from './simulation/program.testing.ts';
import { Random } from './simulation/random.testing.ts';
import { Scheduler, type Life } from './simulation/scheduler.testing.ts';

interface Course {
  readonly program: Program;
  /** Decides the order in which things happen. */
  readonly seed: number;
  /** The process is killed after the first so many commits, and then after so many more, … */
  readonly stops: readonly number[];
  readonly parkAfterMs: number;
  /** How likely time moves on although something else could happen. */
  readonly haste: number;
}

/** One session, over all the processes that run it. */
class Session {
  readonly problems: string[] = [];
  readonly disk: Disk;
  readonly laboratory: Laboratory;
  readonly id = 's';
  commits = 0;
  readonly #course: Course;
  readonly #scheduler: Scheduler;
  #stops: number[];
  #commitsOfLife = 0;
  #lives = 0;
  #ids = 0;
  #life: Life = { name: '' };
  #engine: Engine;
  #answering = new Set<string>();
  #isDead = false;

  constructor(course: Course, store: Store) {
    this.#course = course;
    this.#stops = [...course.stops];
    const { seed, haste } = course;
    this.#scheduler = new Scheduler({ random: new Random(seed), haste });
    const report = (problem: string) => this.problems.push(problem);
    this.disk = new Disk({
      store,
      scheduler: this.#scheduler,
      report,
      onCommitted: (life) => this.#diesAfterCommit(life),
    });
    this.laboratory = new Laboratory(this.disk, this.#scheduler, report);
    this.#engine = this.#boot();
  }

  get log(): readonly SessionEvent[] {
    return this.disk.log(this.id);
  }

  start(): void {
    const configuration = { program: this.#course.program };
    const graph = { nodes: [{ id: 'n', type: 'program', configuration }], edges: [] };
    this.#do('start', this.#engine.start(starting({ graph })));
  }

  /** Lets all happen that can, through all stops. */
  async drain({ answers }: { answers: boolean }): Promise<void> {
    while (this.#scheduler.trace.length < 20_000) {
      const more = await this.#scheduler.step();
      if (this.#isDead) this.restart();
      else if (answers && this.#answer()) continue;
      else if (!more) return;
    }
    this.problems.push('it does not come to rest');
  }

  /** A new process takes over. */
  restart(): void {
    this.#scheduler.kill(this.#life);
    this.#engine = this.#boot();
    this.#do('recover', this.#engine.recover());
  }

  /** Makes the engine load the session and run what there is to run. */
  poke(): void {
    this.#do('poke', this.#engine.resume(this.id, { interactionId: 'none', response: null }));
  }

  #boot(): Engine {
    this.#lives += 1;
    this.#life = { name: `life ${this.#lives}` };
    this.#isDead = false;
    this.#commitsOfLife = 0;
    this.#answering = new Set();
    return createEngine({
      store: this.disk.connect(this.#life),
      nodeTypes: { program: programHandler(this.laboratory.surroundings(this.#life)) },
      findGraph: async () => null,
      logger: pino({ level: 'silent' }),
      clock: this.#scheduler.clock(this.#life),
      newId: () => {
        this.#ids += 1;
        return this.#ids === 1 ? this.id : `i${this.#ids}`;
      },
      parkAfterMs: this.#course.parkAfterMs,
    });
  }

  #diesAfterCommit(life: Life): boolean {
    if (life !== this.#life) return false;
    this.commits += 1;
    this.#commitsOfLife += 1;
    if (this.#commitsOfLife !== this.#stops[0]) return false;
    this.#stops = this.#stops.slice(1);
    this.#scheduler.kill(life);
    this.#isDead = true;
    return true;
  }

  /** Somebody answers each prompt after a while. False when there is none to be answered. */
  #answer(): boolean {
    let any = false;
    for (const [interactionId, { suspendEvent }] of this.disk.state(this.id).prompts) {
      if (this.#answering.has(interactionId)) continue;
      any = true;
      this.#answering.add(interactionId);
      const give = () => {
        const response = answerTo(suspendEvent);
        this.#do('answer', this.#engine.resume(this.id, { interactionId, response }));
      };
      this.#scheduler.at(this.#scheduler.now + 20, `answer ${interactionId}`, give, this.#life);
    }
    return any;
  }

  #do(what: string, done: Promise<unknown>): void {
    done.catch((error: unknown) => {
      // A prompt's time may have run out before it was answered.
      if (!(error instanceof AppError)) this.problems.push(`${what}: ${String(error)}`);
    });
  }
}

/** Starts a program in a world of its own, and lets `act` have it. */
async function withSession(
  course: Course,
  act: (session: Session) => Promise<void>,
): Promise<Session> {
  const store = await openSqliteStore({ file: ':memory:' });
  try {
    const session = new Session(course, store);
    session.start();
    await act(session);
    return session;
  } finally {
    await store.close();
  }
}

/** Runs a program to its end, with somebody there who answers every prompt. */
function toTheEnd(course: Course): Promise<Session> {
  return withSession(course, async (session) => {
    await session.drain({ answers: true });
    session.problems.push(...faultsOfLog(session.log));
  });
}

/** What a run of the program's node came to. */
function outcome(log: readonly SessionEvent[]): unknown {
  for (const event of log) {
    if (event.type === 'nodeEnd') return { ok: event.outputs['output'] };
    if (event.type === 'nodeError') return { error: event.error };
  }
  return null;
}

function expectedOutcome(program: Program): unknown {
  try {
    return { ok: expectedOutput(program) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : '' };
  }
}

function expectSound({ problems, log }: Session, { program }: Pick<Course, 'program'>): void {
  expect(problems).toEqual([]);
  if (!isTimed(program)) expect(outcome(log)).toEqual(expectedOutcome(program));
}

const seed = fc.nat(0x7fffffff);
const haste = fc.constantFrom(0, 0.1, 0.5);

describe('a handler of any operations', () => {
  it(
    'comes to the same when it is stopped after any commit and replayed, and does nothing twice',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(anyProgram, seed, haste, async (program, randomSeed, hurry) => {
          const whole = { program, seed: randomSeed, stops: [], parkAfterMs: 60_000, haste: hurry };
          const reference = await toTheEnd(whole);
          expectSound(reference, whole);
          for (let stop = 1; stop < reference.commits; stop += 1) {
            const stopped = await toTheEnd({ ...whole, stops: [stop] });
            expectSound(stopped, whole);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it('survives being stopped again and again', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        anyProgram,
        seed,
        haste,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 8 }),
        async (program, randomSeed, hurry, stops) => {
          const result = await toTheEnd({
            program,
            seed: randomSeed,
            stops,
            parkAfterMs: 60_000,
            haste: hurry,
          });
          expectSound(result, { program });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('comes to the same when it is let go while it waits', { timeout: 120_000 }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        anyProgram,
        seed,
        fc.constantFrom(0.1, 0.5),
        fc.constantFrom(0, 1, 15),
        fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 2 }),
        async (program, randomSeed, hurry, parkAfterMs, stops) => {
          const result = await toTheEnd({
            program,
            seed: randomSeed,
            stops,
            parkAfterMs,
            haste: hurry,
          });
          expectSound(result, { program });
          runs += result.laboratory.runs;
        },
      ),
      { numRuns: 400 },
    );
    // Else nothing was ever let go.
    expect(runs).toBeGreaterThan(800);
  });

  it('waits for nobody but people and timers once it rests', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        anyProgram,
        seed,
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
        async (program, randomSeed, stops) => {
          const course = { program, seed: randomSeed, stops, parkAfterMs: 60_000, haste: 0 };
          await withSession(course, async (session) => {
            await session.drain({ answers: false });
            expect(session.problems).toEqual([]);
            const { length } = session.log;
            // Running its code once more shows whether any of it was left to be run.
            session.poke();
            await session.drain({ answers: false });
            expect(session.log.slice(length)).toEqual([]);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is left alone by a restart while all that it did led to a prompt', async () => {
    const program: Program = {
      do: 'seq',
      of: [
        { do: 'step', failures: 1, retries: 1, inside: [{ do: 'emit' }] },
        { do: 'sleep', ms: 10 },
        { do: 'emit' },
        { do: 'ask', timeoutMs: null, hasDefault: false },
      ],
    };
    const course = { program, seed: 1, stops: [], parkAfterMs: 60_000, haste: 0 };
    await withSession(course, async (session) => {
      await session.drain({ answers: false });
      expect(session.laboratory.runs).toBe(1);
      session.restart();
      await session.drain({ answers: false });
      expect(session.laboratory.runs).toBe(1);
      await session.drain({ answers: true });
      expect(session.laboratory.runs).toBe(2);
      expect(session.problems).toEqual([]);
      expect(faultsOfLog(session.log)).toEqual([]);
    });
  });
});
