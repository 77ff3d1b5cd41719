import type { KeyPress } from '../state/shortcuts.ts';

/** The inputs that take no letters. */
const NOT_TYPED = new Set(['button', 'checkbox', 'color', 'file', 'radio', 'range', 'submit']);

/** What the shortcuts need to know of a key press. */
export function keyPressOf(event: KeyboardEvent): KeyPress {
  const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  // Before the first letter of a composition some browsers tell of it by this key alone.
  const composing = isComposing || key === 'Process';
  const typing = takesLetters(event.composedPath()[0]);
  return { key, ctrlKey, metaKey, altKey, shiftKey, composing, typing };
}

function takesLetters(target: EventTarget | undefined): boolean {
  if (target instanceof HTMLInputElement) return !NOT_TYPED.has(target.type);
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}
