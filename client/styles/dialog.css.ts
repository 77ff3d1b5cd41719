import { css } from 'lit';

/** What every dialog and every key on it looks like. */
export const dialogStyles = css`
  dialog {
    max-width: min(420px, calc(100vw - 32px));
    padding: 16px;
    border: 1px solid var(--border-strong);
    border-radius: 6px;
    background: var(--surface);
    color: var(--text);
    box-shadow: 0 8px 32px rgb(0 0 0 / 25%);
    overflow-wrap: anywhere;
  }

  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }

  h2 {
    font-size: 15px;
  }

  .keys {
    color: var(--text-quiet);
    white-space: nowrap;
  }

  kbd {
    display: inline-block;
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--border);
    border-bottom-width: 2px;
    border-radius: var(--radius);
    background: var(--surface-raised);
    color: var(--text);
    font: 11px/17px var(--mono);
    text-align: center;
  }
`;
