import { css } from 'lit';

/** What a JSON tree looks like: a line a member, drawn in by level. */
export const jsonTreeStyles = css`
  :host {
    display: block;
    position: relative;
    font: 12px/1.5 var(--mono);
  }

  .tools {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    font-family: var(--font);
  }

  [role='tree'] {
    padding-inline-end: 64px;
  }

  [role='treeitem'] {
    position: relative;
    padding-inline-start: 14px;
    overflow-wrap: anywhere;
  }

  [role='treeitem'][aria-expanded],
  [role='treeitem']:has(.link) {
    cursor: pointer;
  }

  [role='treeitem']:hover {
    background: var(--surface-hover);
  }

  [role='treeitem']:focus-visible {
    outline-offset: -2px;
  }

  .mark {
    position: absolute;
    margin-inline-start: -14px;
    color: var(--text-quiet);
  }

  .name {
    color: var(--accent);
  }

  /* Written as JSON: spaces within a text count. */
  .string {
    white-space: pre-wrap;
    color: var(--completed);
  }

  .link {
    color: var(--accent);
    text-decoration: underline;
    font-family: var(--font);
  }

  .count {
    font-family: var(--font);
    font-size: 11px;
  }

  .level-2 {
    margin-inline-start: 14px;
  }

  .level-3 {
    margin-inline-start: 28px;
  }

  .level-4 {
    margin-inline-start: 42px;
  }

  .level-5 {
    margin-inline-start: 56px;
  }

  .level-6 {
    margin-inline-start: 70px;
  }

  .level-7 {
    margin-inline-start: 84px;
  }

  .level-8 {
    margin-inline-start: 98px;
  }

  .level-9 {
    margin-inline-start: 112px;
  }

  .level-10 {
    margin-inline-start: 126px;
  }

  .level-11 {
    margin-inline-start: 140px;
  }

  .level-12 {
    margin-inline-start: 154px;
  }
`;
