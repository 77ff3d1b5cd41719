import { css } from 'lit';

/** What a run's Markdown looks like: quiet, and no larger than the text around it. */
export const markdownStyles = css`
  :host {
    display: block;
    overflow-wrap: anywhere;
  }

  .plain {
    white-space: pre-wrap;
  }

  .rich {
    display: grid;
    gap: 6px;
  }

  .rich > div {
    min-width: 0;
  }

  h4 {
    margin: 4px 0 0;
    font: inherit;
    font-weight: 600;
  }

  h4.major {
    font-size: 15px;
  }

  ul,
  ol {
    padding-inline-start: 22px;
    list-style: revert;
  }

  li > ul,
  li > ol,
  li > p {
    margin-top: 2px;
  }

  li:has(> input) {
    list-style: none;
  }

  code {
    padding: 0 3px;
    border-radius: 3px;
    background: var(--surface-raised);
  }

  pre {
    padding: 6px 10px;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface-raised);
    overflow-x: auto;
    overflow-wrap: normal;
  }

  pre code {
    padding: 0;
    background: none;
  }

  blockquote {
    margin: 0;
    padding-inline-start: 10px;
    border-inline-start: 2px solid var(--border-strong);
    color: var(--text-quiet);
  }

  hr {
    width: 100%;
    margin: 4px 0;
    border: 0;
    border-top: 1px solid var(--border);
  }

  .rich > div:has(> table) {
    overflow-x: auto;
  }

  table {
    border-collapse: collapse;
    overflow-wrap: normal;
  }

  th,
  td {
    padding: 2px 8px;
    border: 1px solid var(--border);
    text-align: start;
  }

  th {
    background: var(--surface-raised);
  }
`;
