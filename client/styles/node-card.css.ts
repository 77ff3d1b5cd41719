import { css } from 'lit';

export const nodeCardStyles = css`
  :host {
    display: block;
  }

  article {
    border-bottom: 1px solid var(--border);
    padding: 8px 14px 10px;
  }

  header {
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-width: 0;
  }

  h3 {
    overflow-wrap: anywhere;
    min-width: 0;
  }

  .type,
  .time {
    color: var(--text-quiet);
    font-size: 12px;
    white-space: nowrap;
  }

  .time {
    margin-left: auto;
  }

  .pending h3,
  .skipped h3 {
    color: var(--text-quiet);
    font-weight: 400;
  }

  .rows {
    margin-top: 4px;
  }

  /* Rows have no margins: their heights have to add up. */
  .row {
    padding-top: 4px;
  }

  .entries {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 4px;
  }

  .step > .entries {
    padding-top: 4px;
  }

  .entries li {
    min-width: 0;
  }

  .tag {
    flex: none;
    color: var(--text-quiet);
    font: 11px/1.7 var(--mono);
  }

  .thought,
  .prompt {
    display: flex;
    gap: 8px;
  }

  .thought reattach-long-text {
    color: var(--text-quiet);
    font-style: italic;
  }

  .step {
    border-inline-start: 2px solid var(--border);
    padding-inline-start: 10px;
  }

  .step.running {
    border-color: var(--running);
  }

  .step.failed,
  .step.retrying {
    border-color: var(--failed);
  }

  .prompt > div,
  .thought > reattach-long-text {
    flex: 1;
    min-width: 0;
  }

  .prompt .open {
    color: var(--suspended);
    font-weight: 600;
  }

  .answer {
    margin-top: 2px;
    border-left: 2px solid var(--accent-fill);
    padding-left: 8px;
  }

  .given {
    margin: 0;
  }

  dl.given {
    display: grid;
    grid-template-columns: minmax(0, max-content) minmax(50%, 1fr);
    gap: 2px 10px;
  }

  .given dt {
    color: var(--text-quiet);
    overflow-wrap: anywhere;
  }

  .given dd {
    margin: 0;
    min-width: 0;
  }

  .outputs {
    display: grid;
    grid-template-columns: minmax(48px, max-content) minmax(0, 1fr);
    gap: 2px 10px;
    margin: 8px 0 0;
    padding: 6px 10px;
    border-radius: var(--radius);
    background: var(--surface-raised);
  }

  .outputs dt {
    color: var(--text-quiet);
    overflow-wrap: anywhere;
  }

  .outputs dd {
    margin: 0;
    min-width: 0;
  }

  .failure {
    margin-top: 8px;
    padding: 6px 10px;
    border-radius: var(--radius);
    background: var(--failed-surface);
    color: var(--failed);
  }

  .skipped {
    margin-top: 4px;
  }
`;
