/** The place of a frame in a session's chat streams. */
export interface ChatPosition {
  /** Of the event that made it. */
  readonly index: number;
  /** Which edition of its turn it belongs to (see `ChatAttempts`). */
  readonly edition: number;
  /** Which of the event's frames, from 0. */
  readonly frame: number;
}

/** More than any event has frames: an event has at most 8 MiB unless a server allows more. */
const FRAMES = 1_000_000;

/** `INDEX:FRAME`. The frames of each edition have numbers of their own, a million further on. */
export function formatPosition({ index, edition, frame }: ChatPosition): string {
  return `${index}:${edition * FRAMES + frame}`;
}

/** The position that `INDEX:FRAME` names; null when the text is none. An index of −1 is before all. */
export function parsePosition(text: string): ChatPosition | null {
  const [, index, number] = (/^(-1|\d+):(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || number === undefined) return null;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(number)) return null;
  return { index, edition: Math.floor(number / FRAMES), frame: number % FRAMES };
}
