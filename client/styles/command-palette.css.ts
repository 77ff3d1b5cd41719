import { css } from 'lit';

export const commandPaletteStyles = css`
  dialog {
    width: min(600px, calc(100vw - 24px));
    max-width: none;
    max-height: min(70vh, 480px);
    margin-top: min(12vh, 96px);
    padding: 0;
    overflow: hidden;
  }

  dialog[open] {
    display: flex;
    flex-direction: column;
  }

  input:not([type='checkbox'], [type='radio'], [type='file']) {
    flex: none;
    min-height: 40px;
    padding: 8px 14px;
    border: 0;
    border-bottom: 1px solid var(--border);
    border-radius: 0;
    font-size: 14px;
  }

  input:focus-visible {
    outline-offset: -2px;
  }

  ul {
    min-height: 0;
    padding: 4px;
    overflow-y: auto;
  }

  li {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 28px;
    padding: 3px 10px;
    border: 1px solid transparent;
    border-radius: var(--radius);
    cursor: pointer;
  }

  li:hover {
    background: var(--surface-hover);
  }

  li[aria-selected='true'] {
    background: var(--surface-selected);
  }

  .title {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .kind {
    flex: none;
    color: var(--text-quiet);
    font-size: 12px;
  }

  .none {
    padding: 14px;
    color: var(--text-quiet);
  }

  @media (forced-colors: active) {
    li[aria-selected='true'] {
      border-color: Highlight;
      outline: 1px solid Highlight;
    }
  }
`;
