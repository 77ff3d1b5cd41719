import { css } from 'lit';

/** What every element's controls and texts look like. */
export const controls = css`
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  h1,
  h2,
  h3,
  h4,
  p,
  ul,
  ol,
  pre,
  fieldset {
    margin: 0;
    padding: 0;
  }

  h1,
  h2,
  h3,
  h4 {
    font: inherit;
    font-weight: 600;
  }

  ul,
  ol {
    list-style: none;
  }

  fieldset {
    border: 0;
    min-width: 0;
  }

  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }

  button {
    min-height: 26px;
    padding: 2px 10px;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
    cursor: pointer;
    white-space: nowrap;
  }

  button:hover:not(:disabled, [aria-disabled='true']) {
    background: var(--surface-hover);
  }

  button:disabled,
  button[aria-disabled='true'] {
    opacity: 0.55;
    cursor: default;
  }

  button.primary {
    border-color: transparent;
    background: var(--accent-fill);
    color: var(--on-accent);
    font-weight: 600;
  }

  button.primary:hover:not(:disabled, [aria-disabled='true']) {
    background: var(--accent-fill-hover);
  }

  button.quiet {
    border-color: transparent;
    background: none;
    color: var(--text-quiet);
  }

  button.quiet:hover:not(:disabled, [aria-disabled='true']) {
    background: var(--surface-hover);
    color: var(--text);
  }

  input:not([type='checkbox'], [type='radio'], [type='file']),
  select,
  textarea {
    width: 100%;
    min-height: 28px;
    padding: 3px 8px;
    border: 1px solid var(--border-strong);
    border-radius: var(--radius);
    background: var(--surface);
  }

  textarea {
    display: block;
    min-height: 64px;
    resize: vertical;
    field-sizing: content;
    max-height: 40vh;
  }

  input[type='checkbox'],
  input[type='radio'] {
    width: 15px;
    height: 15px;
    margin: 0;
    flex: none;
    accent-color: var(--accent-fill);
  }

  a {
    color: var(--accent);
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }

  pre,
  code,
  .mono {
    font: 12px/1.5 var(--mono);
  }

  .quiet-text {
    color: var(--text-quiet);
  }

  .problem {
    color: var(--failed);
  }

  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
