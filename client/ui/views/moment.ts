import { html, type TemplateResult } from 'lit';

/** By the largest that fits. Said in words of our own: the first use of `Intl` costs a page 50 ms. */
const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/**
 * How long ago `time` was, both in Unix seconds; the exact time on hover. A time after `now` is told
 * as now: the clock of the page moves on in steps.
 */
export function moment(time: number, now: number): TemplateResult {
  const date = new Date(time * 1000);
  return html`<time datetime=${date.toISOString()} @pointerenter=${nameExactly}
    >${distance(Math.max(0, now - time))}</time
  >`;
}

/** A length of time, in seconds, as people say it. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

function distance(seconds: number): string {
  for (const [unit, size] of units) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  }
  return 'just now';
}

function nameExactly({ currentTarget: element }: Event): void {
  if (!(element instanceof HTMLTimeElement)) return;
  element.title = new Date(element.dateTime).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
}
