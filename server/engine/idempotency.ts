import type { Json } from '../../shared/json.ts';
import { AppError } from '../errors.ts';
import type { IdempotencyRecord, Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { IdempotencyKey } from './engine.ts';

/** Makes the record to store beside the events that the response acknowledges. */
export type Acknowledge = (response: Json) => IdempotencyRecord | undefined;

/** Seconds. */
const KEPT_FOR = 24 * 60 * 60;

/** Sees to it that a command with a key happens once, whoever asks again, and when. */
export class Idempotency {
  readonly #store: Pick<Store, 'idempotent'>;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, { bodyHash: string; response: Promise<unknown> }>();

  constructor(store: Pick<Store, 'idempotent'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Runs `act`, or returns what it returned to this key before; a concurrent duplicate waits for the
   * first. Only a success is kept.
   * @throws AppError idempotency_mismatch when the key was used with another body
   */
  async once<T extends Json>(
    key: IdempotencyKey | undefined,
    act: (acknowledge: Acknowledge) => Promise<T>,
  ): Promise<T> {
    if (key === undefined) return act(() => undefined);
    const name = `${key.scope}\n${key.key}`;
    for (;;) {
      const first = this.#underWay.get(name);
      if (first === undefined) break;
      this.#check(key, first.bodyHash);
      try {
        return (await first.response) as T;
      } catch {
        // The first failed and has changed nothing: the key is free again.
      }
    }
    const response = this.#onceAlone(key, act);
    this.#underWay.set(name, { bodyHash: key.bodyHash, response });
    try {
      return await response;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #onceAlone<T extends Json>(
    key: IdempotencyKey,
    act: (acknowledge: Acknowledge) => Promise<T>,
  ): Promise<T> {
    const now = this.#clock.now() / 1000;
    const stored = await this.#store.idempotent(key.scope, key.key, now);
    if (stored !== null) {
      this.#check(key, stored.bodyHash);
      return stored.response as T;
    }
    return act((response) => ({ ...key, response, expiresAt: now + KEPT_FOR }));
  }

  #check(key: IdempotencyKey, bodyHash: string): void {
    if (key.bodyHash === bodyHash) return;
    throw new AppError(
      'idempotency_mismatch',
      `The Idempotency-Key '${key.key}' was used with another body.`,
    );
  }
}
