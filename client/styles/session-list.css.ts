import { css } from 'lit';

export const sessionListStyles = css`
  :host {
    display: block;
    min-height: 0;
    overflow-y: auto;
    background: var(--surface-sunken);
  }

  li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    column-gap: 8px;
    position: relative;
    padding: 6px 6px 6px 12px;
    border-bottom: 1px solid var(--border);
  }

  li:hover {
    background: var(--surface-hover);
  }

  li.open {
    background: var(--surface-selected);
    box-shadow: inset 3px 0 var(--accent-fill);
  }

  .line {
    grid-column: 1 / -1;
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-width: 0;
  }

  a {
    flex: 1;
    color: var(--text);
    text-decoration: none;
    min-width: 0;
  }

  /* The whole row opens the session; its buttons lie above. */
  a::after {
    content: '';
    position: absolute;
    inset: 0;
  }

  a:focus-visible {
    outline: none;
  }

  a:focus-visible::after {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }

  .title {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 600;
  }

  .when {
    flex: none;
    padding-right: 6px;
    text-align: right;
    color: var(--text-quiet);
    font-size: 12px;
  }

  .facts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    column-gap: 10px;
    min-width: 0;
    color: var(--text-quiet);
    font-size: 12px;
  }

  .prompts,
  .blocked {
    color: var(--suspended);
    font-weight: 600;
  }

  .error {
    grid-column: 1 / -1;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--failed);
    font-size: 12px;
  }

  .actions {
    grid-row: 2;
    grid-column: 2;
    display: flex;
    justify-content: end;
    position: relative;
    z-index: 1;
  }

  .actions button {
    min-height: 24px;
    padding: 1px 6px;
    font-size: 12px;
  }

  .actions button:hover {
    background: var(--surface);
  }

  .state {
    padding: 12px;
    color: var(--text-quiet);
  }

  .state button {
    margin-top: 8px;
  }

  .more {
    display: block;
    margin: 10px auto;
  }
`;
