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

  .field label,
  .field > span {
    font-weight: 600;
  }

  .required {
    margin-left: 6px;
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

  .choices.grid {
    grid-template-columns: repeat(auto-fill, minmax(140px, 1fr));
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

  .choice span {
    min-width: 0;
    font-weight: 400;
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
    flex-wrap: wrap;
    gap: 8px;
  }

  [aria-invalid='true'] {
    border-color: var(--failed) !important;
  }

  .media {
    color: var(--text-quiet);
  }
`;
