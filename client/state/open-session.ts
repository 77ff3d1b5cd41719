import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import type { SessionFrame } from '../api/watch-frame.ts';
import type { SessionStatusReport } from '../../shared/session.ts';
import {
  evolve,
  initialState,
  type PromptState,
  type SessionState,
} from '../../shared/session-state.ts';
import { SessionViewFold } from '../../shared/session-view-fold.ts';
import type { SessionView } from '../../shared/session-view.ts';
import type { Batch } from './batch.ts';
import { currentPrompts } from './current-prompts.ts';

/** The session that the panel shows, as far as it is known. */
export interface OpenSessionModel {
  readonly sessionId: string;
  /** How far its stream is; whether the connection holds is the connection's to say. */
  readonly phase: 'connecting' | 'replaying' | 'live' | 'ended' | 'deleted';
  /** Of `total` events, so many are here. The total is as of the connection's start. */
  readonly seen: number;
  readonly total: number;
  /** Whether the log was complete once: what is shown then is never taken back. */
  readonly caughtUp: boolean;
  /** The index of the first event that was not replayed; null until the log was complete once. */
  readonly liveFrom: number | null;
  /** What waits for an answer now; known before the replay ends, and never what closed later in it. */
  readonly prompts: ReadonlyMap<string, PromptState>;
  readonly state: SessionState;
  readonly view: SessionView;
  /** What the status endpoint said on opening; it is there before the replay ends. */
  readonly report: SessionStatusReport | null;
}

/**
 * One opening of one session. Another opening, also of the same session, is another object with folds
 * of its own, so nothing of the one can appear in the other.
 */
export class OpenSession {
  readonly sessionId: string;
  readonly model;
  readonly #batch: Batch;
  readonly #closing = new AbortController();
  #phase: OpenSessionModel['phase'] = 'connecting';
  #caughtUp = false;
  #liveFrom: number | null = null;
  /** The prompts that the log has opened, until it was complete once. */
  #opened = new Set<string>();
  /** Whether the report tells of the log that is read. */
  #reportFits = true;
  #total = 0;
  #seen = 0;
  #state = initialState;
  #view = new SessionViewFold();
  #report: SessionStatusReport | null = null;

  constructor(sessionId: string, batch: Batch) {
    this.sessionId = sessionId;
    this.#batch = batch;
    this.model = signal<OpenSessionModel>(this.#snapshot());
  }

  /** Asks what is known without the log: the title, the turn's prompt, what blocks it. */
  async report(api: Pick<ApiClient, 'status'>): Promise<SessionStatusReport | null> {
    try {
      const report = await api.status(this.sessionId, this.#closing.signal);
      if (this.#closing.signal.aborted) return null;
      this.#report = report;
      this.#reportFits = true;
      this.#changed();
      return report;
    } catch (error) {
      if (this.#closing.signal.aborted) return null;
      // Anything but a plain no is told by the stream as well, which goes on trying.
      if (error instanceof ApiError && error.code === 'session_not_found') this.markDeleted();
      return null;
    }
  }

  /** Takes what its stream says. */
  apply(frame: SessionFrame): void {
    if (this.#closing.signal.aborted || frame.sessionId !== this.sessionId) return;
    if (this.#phase === 'deleted') return;
    switch (frame.kind) {
      case 'start':
        this.#total = frame.lastIndex + 1;
        this.#phase = 'replaying';
        break;
      case 'event':
        if (frame.index !== this.#seen) return;
        this.#seen += 1;
        if (frame.event === null) break;
        this.#state = evolve(this.#state, frame.event);
        this.#view.apply(frame.event);
        if (!this.#caughtUp && frame.event.type === 'inputRequired') {
          this.#opened.add(frame.event.interactionId);
        }
        break;
      case 'replayComplete':
        this.#phase = 'live';
        this.#caughtUp = true;
        this.#liveFrom ??= this.#seen;
        this.#opened.clear();
        break;
      case 'reset':
        this.#seen = 0;
        this.#state = initialState;
        this.#view = new SessionViewFold();
        this.#caughtUp = false;
        this.#liveFrom = null;
        this.#opened.clear();
        this.#reportFits = false;
        break;
      case 'done':
        this.#phase = 'ended';
        break;
      case 'deleted':
        this.#phase = 'deleted';
        break;
    }
    this.#changed();
  }

  /** It was deleted, and somebody other than its stream said so. */
  markDeleted(): void {
    this.#phase = 'deleted';
    this.#changed();
  }

  /** Ends this opening: whatever arrives for it later changes nothing. */
  dispose(): void {
    this.#closing.abort();
  }

  #changed(): void {
    this.#batch.mark(this.#publish);
  }

  readonly #publish = (): void => this.model.set(this.#snapshot());

  #snapshot(): OpenSessionModel {
    return {
      sessionId: this.sessionId,
      phase: this.#phase,
      seen: this.#seen,
      total: Math.max(this.#total, this.#seen),
      caughtUp: this.#caughtUp,
      liveFrom: this.#liveFrom,
      prompts: this.#caughtUp
        ? this.#state.prompts
        : currentPrompts(this.#reportFits ? this.#report : null, this.#state, this.#opened),
      state: this.#state,
      view: this.#view.snapshot(),
      report: this.#report,
    };
  }
}
