// Longer than most: the address decides what is shown, and everything that may change the address or
// what hangs on it stands here, in one place.
import { signal } from '@lit-labs/signals';
import type { ApiClient } from '../api/api-client.ts';
import type { ServerFetch } from '../api/server-access.ts';
import type { Timers } from '../api/timers.ts';
import type { WatchFrame } from '../api/watch-frame.ts';
import type { OpenLink } from '../api/watch-link.ts';
import { WatchStream, type ConnectionState } from '../api/watch-stream.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { Json } from '../../shared/json.ts';
import { isFinal, type SessionSummary } from '../../shared/session.ts';
import { placeOf, queryOf, type Navigation, type Place } from './address.ts';
import { Announcer } from './announcer.ts';
import { Answers, type DraftChange } from './answers.ts';
import type { Batch } from './batch.ts';
import { checkAnswer } from './check-answer.ts';
import type { DraftStore } from './draft-store.ts';
import { BulkRun } from './bulk-run.ts';
import { GraphPicker } from './graph-picker.ts';
import { filterOf, filterParameters, NO_FILTER, type ListFilter } from './list-filter.ts';
import { ListPane } from './list-pane.ts';
import { messageOf } from './message-of.ts';
import { Notices } from './notices.ts';
import type { Desktop } from './notifier.ts';
import { OpenSession } from './open-session.ts';
import { PendingDeletes } from './pending-deletes.ts';
import type { PromptForm } from '../../shared/prompt-form.ts';
import type { PreferenceStore } from './preference-store.ts';
import type { SessionHandle } from './session-handle.ts';
import type { SessionList } from './session-list.ts';

/** What the panel is made of; a test gives its own. */
export interface PanelOptions {
  readonly api: ApiClient;
  readonly fetch: ServerFetch;
  readonly timers: Timers;
  readonly batch: Batch;
  readonly navigation: Navigation;
  /** Runs something in a task of its own, soon; at the end of this one unless given. */
  readonly later?: (run: () => void) => void;
  /** A new idempotency key. */
  readonly newKey: () => string;
  /** The way to the connection; one of the page's own unless given. */
  readonly link?: OpenLink;
  readonly drafts: DraftStore;
  readonly desktop: Desktop;
  readonly store: PreferenceStore;
  /** An answer to a prompt of the open session is in its log. */
  readonly onResolved?: (answer: ResolvedPrompt) => void;
}

/** A prompt that was answered. */
export interface ResolvedPrompt {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly interactionId: string;
  readonly response: Json;
  /** Whether it was answered in this panel. */
  readonly here: boolean;
}

/** What is asked before something is done to a session that cannot be undone. */
export interface SessionQuestion {
  readonly about: 'delete' | 'continue';
  readonly session: SessionHandle;
}

/** The session that is open, with what is entered for its prompts. */
export interface Opening {
  readonly session: OpenSession;
  readonly answers: Answers;
}

type InputResolved = Extract<SessionEvent, { type: 'inputResolved' }>;

/** What of an answer is left for everything but its files, in bytes. */
const ROOM_AROUND_FILES = 64 * 1024;

/** How often relative times are told anew, in milliseconds. */
const TICK = 15_000;
/** How long, in milliseconds, typing rests before the list is asked anew. */
const TYPING = 150;

/**
 * The presenter of the page: what is shown, as signals, and what a person can do, as methods. The
 * address is the one place that says which graph and which session; everything else follows it.
 */
export class Panel {
  readonly place = signal<Place>({ graphId: null, sessionId: null });
  readonly graphs: GraphPicker;
  /** The pane of sessions, and its parts that others read. */
  readonly pane: ListPane;
  readonly list: { get(): SessionList | null };
  readonly listOpen: { get(): boolean };
  /** Which sessions the list shows, as the controls say it. */
  readonly filter = signal<ListFilter>(NO_FILTER);
  /** The session whose prompt is to have the focus as soon as it is there. */
  readonly promptWanted = signal<string | null>(null);
  readonly opening = signal<Opening | null>(null);
  readonly connection = signal<ConnectionState>({ phase: 'idle' });
  readonly deletes: PendingDeletes;
  readonly notices = new Notices();
  /** What assistive technology is told; all parts of the page tell it through this. */
  readonly announcer: Announcer;
  /** What waits for a yes. */
  readonly confirming = signal<SessionQuestion | null>(null);
  /** Whether a run is being started. */
  readonly starting = signal(false);
  /** Unix seconds, moved on now and then. */
  readonly now = signal(0);
  /** How many characters of base64 an answer may have; null until that is known. */
  readonly fileLimit = signal<number | null>(null);
  readonly #options: PanelOptions;
  readonly #stream: WatchStream;
  #stopMoves: () => void = () => undefined;
  #stopClock: () => void = () => undefined;
  /** Deleted sessions that the list is about to forget. */
  readonly #gone = new Set<string>();
  #stopTyping: () => void = () => undefined;
  /** The session that waits for first pages, so that the connection is opened once for all. */
  #waiting: string | null = null;

  constructor(options: PanelOptions) {
    this.#options = options;
    this.announcer = new Announcer(options.timers);
    this.graphs = new GraphPicker(options.api);
    this.#stream = new WatchStream({
      fetch: options.fetch,
      timers: options.timers,
      link: options.link,
      later: options.later,
      onFrames: (frames) => this.#route(frames),
      onState: (state) => this.#connected(state),
    });
    const bulk = new BulkRun();
    this.deletes = new PendingDeletes({
      timers: options.timers,
      remove: (sessionId, keepalive) => options.api.remove(sessionId, { keepalive }),
      removeAll: (ids) => bulk.run('delete', ids, (id) => options.api.remove(id)),
      onFailed: ({ title }, error, count) => {
        const what = count === 1 ? `“${title}”` : `${count} sessions`;
        this.notices.tell(`${what} could not be deleted. ${messageOf(error)}`);
      },
    });
    this.pane = new ListPane({
      ...options,
      bulk,
      deletes: this.deletes,
      announcer: this.announcer,
      watch: (feed) => this.#stream.watchFeed(feed),
      onSettled: () => this.#watchWaiting(),
      tell: (text) => this.notices.tell(text),
      onDeleted: (ids) => {
        for (const id of ids) this.#leave(id);
      },
      onAnswer: (session) => this.answerSession(session),
    });
    this.list = this.pane.list;
    this.listOpen = this.pane.open;
  }

  /** Shows what the address says and goes on to follow it. */
  start(): void {
    this.#stopMoves = this.#options.navigation.onMove(() => this.#follow());
    this.#tick();
    this.pane.start();
    this.#follow();
    void this.#chooseFirstGraph();
  }

  /** Ends all that it does. What was deleted and could be taken back is deleted now. */
  stop(): void {
    this.deletes.flush();
    this.#stopMoves();
    this.#stopClock();
    this.#stream.close();
    this.announcer.dispose();
    this.#stopTyping();
    this.pane.dispose();
    this.opening.get()?.session.dispose();
  }

  /** Shows another place and makes it a step of the page's history. */
  go(place: Place): void {
    this.#applyFilter();
    this.#options.navigation.push(queryOf(place, this.filter.get()));
    this.#follow();
  }

  /** Shows other sessions of the list; a text is waited for until typing rests. */
  setFilter(filter: ListFilter): void {
    const typed = filter.text !== this.filter.get().text && filter.text !== '';
    this.filter.set(filter);
    this.#stopTyping();
    if (typed) this.#stopTyping = this.#options.timers.after(TYPING, () => this.#applyFilter());
    else this.#applyFilter();
  }

  /** Where a link to a place leads, the list filtered as it is now. */
  hrefOf(place: Place): string {
    return this.#options.navigation.href(queryOf(place, this.filter.get()));
  }

  /** Opens and closes the pane of sessions. */
  setListOpen(open: boolean): void {
    this.pane.setOpen(open);
  }

  /** Opens a session that waits, of whatever graph, at its prompt. */
  answerSession({ graphId, sessionId }: SessionSummary): void {
    this.promptWanted.set(sessionId);
    const place = this.place.get();
    if (place.graphId !== graphId || place.sessionId !== sessionId) this.go({ graphId, sessionId });
  }

  pickGraph(graphId: string): void {
    if (graphId !== this.place.get().graphId) this.go({ graphId, sessionId: null });
  }

  open(sessionId: string): void {
    const { graphId, sessionId: current } = this.place.get();
    if (sessionId !== current) this.go({ graphId, sessionId });
  }

  closeSession(): void {
    const { graphId, sessionId } = this.place.get();
    if (sessionId !== null) this.go({ graphId, sessionId: null });
  }

  /** Starts a run of the picked graph and opens it. */
  async run(): Promise<void> {
    const { graphId } = this.place.get();
    if (graphId === null || this.starting.get()) return;
    this.starting.set(true);
    try {
      const { sessionId } = await this.#options.api.start(graphId, this.#options.newKey());
      if (this.place.get().graphId === graphId) this.go({ graphId, sessionId });
    } catch (error) {
      this.notices.tell(`The run was not started. ${messageOf(error)}`);
    } finally {
      this.starting.set(false);
    }
  }

  async cancel({ sessionId, title }: SessionHandle): Promise<void> {
    try {
      await this.#options.api.cancel(sessionId);
    } catch (error) {
      this.notices.tell(`“${title}” was not cancelled. ${messageOf(error)}`);
    }
  }

  /** Deletes a finished session, with time to undo it; asks first about any other. */
  remove(session: SessionHandle): void {
    if (isFinal(session.status)) this.#removeNow(session);
    else this.confirming.set({ about: 'delete', session });
  }

  /** Lets an imported session go on here; asks first, since it may go on elsewhere as well. */
  continue(session: SessionHandle): void {
    this.confirming.set({ about: 'continue', session });
  }

  /** Answers the question that is asked. */
  async confirm(yes: boolean): Promise<void> {
    const asked = this.confirming.get();
    this.confirming.set(null);
    if (!yes || asked === null) return;
    const { sessionId, title } = asked.session;
    try {
      if (asked.about === 'continue') {
        await this.#options.api.continue(sessionId);
      } else {
        await this.#options.api.remove(sessionId);
        this.#leave(sessionId);
      }
    } catch (error) {
      const what = asked.about === 'continue' ? 'continued' : 'deleted';
      this.notices.tell(`“${title}” could not be ${what}. ${messageOf(error)}`);
    }
  }

  edit(interactionId: string, change: DraftChange, pointer?: string): void {
    this.opening.get()?.answers.edit(interactionId, change, pointer);
  }

  submit(interactionId: string, form: PromptForm, unreadable: readonly string[] = []): void {
    void this.opening.get()?.answers.submit(interactionId, form, unreadable);
  }

  dismissDraft(interactionId: string): void {
    this.opening.get()?.answers.dismiss(interactionId);
  }

  answer(interactionId: string, response: Json): void {
    void this.opening.get()?.answers.send(interactionId, response);
  }

  /** Tries again at once what failed and waits to be tried. */
  retryNow(): void {
    this.#stream.retryNow();
    this.pane.retryNow();
    if (this.graphs.model.get().error !== null) void this.#chooseFirstGraph();
  }

  /** Makes what is shown fit the address. */
  #follow(): void {
    const before = this.place.get();
    const query = this.#options.navigation.query();
    const place = placeOf(query);
    this.place.set(place);
    const filter = filterOf(query);
    const isOther = !isSame(filter, this.filter.get());
    if (isOther) this.filter.set(filter);
    if (place.graphId !== before.graphId) this.pane.show(place.graphId, filter);
    else if (isOther) this.pane.setFilter(filter);
    if (place.sessionId !== before.sessionId) this.#showSession(place.sessionId);
  }

  /** Brings the address and the list up to the filter. */
  #applyFilter(): void {
    this.#stopTyping();
    const filter = this.filter.get();
    const { navigation } = this.#options;
    if (isSame(filter, filterOf(navigation.query()))) return;
    navigation.replace(queryOf(this.place.get(), filter));
    this.pane.setFilter(filter);
  }

  #watchWaiting(): void {
    if (this.#waiting !== null) this.#stream.watchSession(this.#waiting);
    this.#waiting = null;
  }

  #showSession(sessionId: string | null): void {
    this.opening.get()?.session.dispose();
    if (this.promptWanted.get() !== sessionId) this.promptWanted.set(null);
    this.#waiting = this.pane.settled ? null : sessionId;
    this.#stream.watchSession(this.pane.settled ? sessionId : null);
    if (sessionId === null) {
      this.opening.set(null);
      return;
    }
    const { api, batch, newKey, drafts, timers } = this.#options;
    const session = new OpenSession(sessionId, batch);
    const now = timers.now.bind(timers);
    const answers = new Answers({ api, sessionId, newKey, now, check: checkAnswer, store: drafts });
    this.opening.set({ session, answers });
    void this.#learnGraph(session);
    void this.#learnLimits();
  }

  /** An address may name a session without its graph, or with another. */
  async #learnGraph(session: OpenSession): Promise<void> {
    const report = await session.report(this.#options.api);
    if (report === null || report.graphId === this.place.get().graphId) return;
    this.#replace({ graphId: report.graphId, sessionId: session.sessionId });
  }

  async #learnLimits(): Promise<void> {
    if (this.fileLimit.get() !== null) return;
    try {
      const { body, event } = await this.#options.api.limits();
      this.fileLimit.set(Math.max(0, Math.min(body, event) - ROOM_AROUND_FILES));
    } catch {
      // The server says it when an answer is too large; the next session asks again.
    }
  }

  async #chooseFirstGraph(): Promise<void> {
    await this.graphs.refresh();
    const { graphs } = this.graphs.model.get();
    const first = graphs.find((graph) => graph.offered) ?? graphs[0];
    const { graphId, sessionId } = this.place.get();
    if (first === undefined || graphId !== null || sessionId !== null) return;
    this.#replace({ graphId: first.graphId, sessionId: null });
  }

  #replace(place: Place): void {
    this.#options.navigation.replace(queryOf(place, this.filter.get()));
    this.#follow();
  }

  #route(frames: readonly WatchFrame[]): void {
    const { session, answers } = this.opening.get() ?? {};
    for (const frame of frames) {
      if ('sessionId' in frame) {
        session?.apply(frame);
        if (frame.sessionId !== session?.sessionId) continue;
        if (frame.kind === 'event' && frame.event?.type === 'inputResolved') {
          this.#resolved(frame.sessionId, frame.event);
        }
        answers?.see(frame);
      } else {
        this.pane.apply(frame);
        if (frame.kind !== 'entry') continue;
        const isOpen = frame.entry.sessionId === session?.sessionId;
        if (frame.entry.status === 'deleted') {
          this.#options.drafts.removeSession(frame.entry.sessionId);
          this.#gone.add(frame.entry.sessionId);
          this.#options.batch.mark(this.#forgetGone);
          if (isOpen) session.markDeleted();
        } else if (isOpen && !session.model.get().caughtUp) {
          // What waits for an answer has changed while the log is not there to say so.
          void session.report(this.#options.api);
        }
      }
    }
  }

  #resolved(sessionId: string, { nodeId, interactionId, response }: InputResolved): void {
    const phase = this.opening.get()?.answers.model.get().submissions.get(interactionId)?.phase;
    // The log may tell of an answer before the reply to it has come.
    const here = phase === 'sending' || phase === 'accepted';
    this.#options.onResolved?.({ sessionId, nodeId, interactionId, response, here });
  }

  #connected(state: ConnectionState): void {
    this.connection.set(state);
    // A server that was away when the graphs were asked for is there now.
    if (state.phase === 'open' && this.graphs.model.get().error !== null)
      void this.#chooseFirstGraph();
  }

  #removeNow({ sessionId, title }: SessionHandle): void {
    this.deletes.add({ sessionId, title });
    this.#leave(sessionId);
  }

  #leave(sessionId: string): void {
    if (this.place.get().sessionId === sessionId) this.closeSession();
  }

  /** Nothing has to be hidden that is not there; after the list has taken that in. */
  readonly #forgetGone = (): void => {
    for (const sessionId of this.#gone) this.deletes.forget(sessionId);
    this.#gone.clear();
  };

  readonly #tick = (): void => {
    const { timers } = this.#options;
    this.now.set(timers.now() / 1000);
    this.#stopClock = timers.after(TICK, this.#tick);
  };
}

function isSame(a: ListFilter, b: ListFilter): boolean {
  return String(filterParameters(a)) === String(filterParameters(b));
}
