import { css } from 'lit';

export const promptCardStyles = css`
  :host {
    display: block;
  }

  form {
    display: grid;
    gap: 8px;
    padding: 10px 12px 12px;
    border: 1px solid var(--suspended-border);
    border-radius: var(--radius);
    background: var(--suspended-surface);
  }

  h3 {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 12px;
    font-weight: 400;
    font-size: 12px;
    overflow-wrap: anywhere;
  }

  .question,
  legend {
    font-weight: 600;
  }

  legend {
    padding: 0 0 6px;
  }

  .field {
    display: grid;
    gap: 3px;
  }

  .field > label,
  .group > legend {
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .help:empty,
  .help:not(:has(*)):empty {
    display: none;
  }

  .help {
    overflow-wrap: anywhere;
  }

  .group {
    display: grid;
    gap: 8px;
    padding: 2px 0 2px 10px;
    border-inline-start: 2px solid var(--border-strong);
  }

  .group.wrong {
    border-color: var(--failed);
  }

  .group > legend {
    padding: 0;
  }

  .several {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(120px, 1fr));
    gap: 4px 10px;
  }

  .items {
    display: grid;
    gap: 6px;
  }

  .item {
    display: flex;
    align-items: start;
    gap: 4px;
    min-width: 0;
  }

  .item-field {
    flex: 1;
    min-width: 0;
  }

  .item-buttons {
    display: flex;
    flex: none;
    padding-top: 20px;
  }

  .item-buttons button {
    padding: 2px 6px;
    color: var(--text);
  }

  .required {
    margin-inline-start: 6px;
    color: var(--text-quiet);
    font-size: 11px;
    font-weight: 400;
  }

  .check {
    display: flex;
    align-items: center;
    gap: 8px;
  }

  .choices {
    display: grid;
    gap: 4px;
  }

  .choices.row {
    display: flex;
    flex-wrap: wrap;
  }

  .choices.row .choice {
    flex: 0 1 auto;
    max-width: 100%;
  }

  .choices.grid {
    grid-template-columns: repeat(auto-fill, minmax(min(170px, 100%), 1fr));
  }

  .choices.grid .none {
    grid-column: 1 / -1;
  }

  .choice {
    display: flex;
    align-items: start;
    gap: 8px;
    padding: 5px 8px;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
    cursor: pointer;
  }

  .choice:has(:checked) {
    border-color: var(--accent);
    background: var(--surface-selected);
  }

  .choice input {
    margin-top: 2px;
  }

  .choice .content {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
    font-weight: 400;
  }

  kbd {
    flex: none;
    min-width: 16px;
    padding: 0 3px;
    border: 1px solid var(--border);
    border-radius: 3px;
    color: var(--text-quiet);
    font: 11px/15px var(--mono);
    text-align: center;
  }

  @media (hover: none) {
    kbd {
      display: none;
    }
  }

  reattach-time-left {
    color: var(--suspended);
    font-variant-numeric: tabular-nums;
  }

  .consent {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 2px 10px;
    margin: 0;
  }

  .consent dt {
    color: var(--text-quiet);
  }

  .consent dd {
    margin: 0;
    overflow-wrap: anywhere;
  }

  .buttons {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 8px;
  }

  [aria-invalid='true'] {
    border-color: var(--failed) !important;
  }

  .media {
    color: var(--text-quiet);
  }

  .question,
  legend {
    max-width: 100%;
    overflow-wrap: anywhere;
  }
`;
