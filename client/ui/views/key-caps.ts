import { html, type TemplateResult } from 'lit';

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  ' ': 'Space',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Mod: isApple ? '⌘' : 'Ctrl',
};

/** The keys of a shortcut as they stand on the keyboard; a run of digits as its ends. */
export function keyCaps(keys: readonly string[]): TemplateResult {
  if (keys.length > 3 && keys.every((key) => /^\d$/.test(key))) {
    return html`<span class="keys"><kbd>${keys[0]}</kbd>–<kbd>${keys.at(-1)}</kbd></span>`;
  }
  return html`<span class="keys"
    >${keys.map((key, n) => html`${n === 0 ? '' : ' or '}${chord(key)}`)}</span
  >`;
}

function chord(key: string): TemplateResult {
  const parts = /^\w+\+/.test(key) ? key.split('+') : [key];
  return html`${parts.map((part, n) => html`${n === 0 ? '' : '+'}<kbd>${nameOf(part)}</kbd>`)}`;
}

function nameOf(key: string): string {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
