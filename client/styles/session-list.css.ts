// Longer than most: the styles of one element are one sheet.
import { css } from 'lit';

export const sessionListStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    background: var(--surface-sunken);
  }

  .needs {
    flex: none;
    display: flex;
    flex-direction: column;
    max-height: 40%;
    min-height: 0;
    border-bottom: 1px solid var(--border);
  }

  .needs.some {
    border-bottom-color: var(--suspended-border);
    background: var(--suspended-surface);
  }

  .needs-head {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 3px 6px 3px 12px;
    font-size: 12px;
  }

  .needs-head h2 {
    display: flex;
    align-items: center;
    gap: 6px;
    white-space: nowrap;
  }

  .needs .count {
    min-width: 18px;
    padding: 0 5px;
    border-radius: 9px;
    background: var(--suspended);
    color: var(--surface);
    text-align: center;
    font-variant-numeric: tabular-nums;
  }

  .needs-head .quiet-text {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .needs .problem {
    padding: 0 12px 4px;
    font-size: 12px;
    overflow-wrap: anywhere;
  }

  .needs ul {
    max-height: 168px;
    min-height: 0;
    overflow-y: auto;
  }

  .needs a {
    display: flex;
    align-items: baseline;
    gap: 8px;
    padding: 4px 12px;
    border-top: 1px solid var(--border);
    text-decoration: none;
  }

  .needs a:hover {
    background: var(--surface-hover);
  }

  .needs a:focus-visible {
    outline-offset: -2px;
  }

  .needs .title {
    flex: 0 1 auto;
    min-width: 40px;
  }

  .needs .when {
    padding: 0;
  }

  .needs .graph {
    flex: 1 1 0;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--text-quiet);
    font-size: 12px;
  }

  button.notify {
    min-height: 24px;
    padding: 1px 6px;
    font-size: 12px;
  }

  button.notify[aria-pressed='true'] {
    color: var(--accent);
    font-weight: 600;
  }

  .filters {
    flex: none;
    display: grid;
    gap: 6px;
    padding: 6px 8px 6px 12px;
    border-bottom: 1px solid var(--border);
  }

  .filters .line {
    display: flex;
    align-items: center;
    gap: 8px;
  }

  .filters .line input {
    flex: 1;
    min-width: 0;
    min-height: 26px;
  }

  .filters .count {
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }

  button.chip {
    min-height: 24px;
    padding: 0 7px;
    border-radius: 12px;
    background: none;
    font-size: 12px;
  }

  button.chip[aria-pressed='true'] {
    border-color: var(--accent);
    background: var(--surface-selected);
    font-weight: 600;
  }

  .chip .status svg {
    width: 8px;
    height: 8px;
  }

  /* A mark that stands for a state, and not for something that goes on. */
  .chip .status .turning {
    animation: none;
  }

  .body {
    position: relative;
    flex: 1;
    display: flex;
    flex-direction: column;
    min-height: 0;
  }

  .scroller {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    /* The list itself keeps what is looked at in its place. */
    overflow-anchor: none;
    contain: strict;
  }

  .grid {
    position: relative;
  }

  .row {
    position: absolute;
    inset: 0 0 auto;
    display: grid;
    grid-template-columns: 28px minmax(0, 1fr) auto;
    grid-template-rows: 20px 20px;
    align-items: center;
    height: 48px;
    padding: 4px 6px 3px 0;
    border-bottom: 1px solid var(--border);
  }

  .row:hover {
    background: var(--surface-hover);
  }

  .row.selected {
    background: var(--surface-selected);
  }

  .row.open {
    background: var(--surface-selected);
    box-shadow: inset 3px 0 var(--accent-fill);
  }

  .pick {
    grid-row: 1 / 3;
    position: relative;
    z-index: 1;
    display: grid;
    place-items: center;
    align-self: stretch;
    padding-left: 4px;
  }

  .pick input {
    opacity: 0;
  }

  .row:hover .pick input,
  .row:focus-within .pick input,
  .selecting .pick input,
  .pick input:checked {
    opacity: 1;
  }

  .name {
    min-width: 0;
  }

  .name a {
    display: block;
    color: var(--text);
    text-decoration: none;
  }

  /* The whole row opens the session; its buttons lie above. */
  .name a::after {
    content: '';
    position: absolute;
    inset: 0;
  }

  .name a:focus-visible {
    outline: none;
  }

  .name a:focus-visible::after {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }

  .title {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 600;
    color: var(--text);
  }

  .name input.rename {
    position: relative;
    z-index: 1;
    display: block;
    height: 20px;
    min-height: 0;
    margin-left: -5px;
    padding: 0 4px;
    outline-offset: -2px;
  }

  .when {
    position: relative;
    z-index: 1;
    padding: 0 6px 0 8px;
    text-align: right;
    color: var(--text-quiet);
    font-size: 12px;
    white-space: nowrap;
    pointer-events: none;
  }

  .when time {
    pointer-events: auto;
  }

  .facts {
    grid-column: 2 / -1;
    grid-row: 2;
    display: flex;
    align-items: center;
    gap: 10px;
    min-width: 0;
    overflow: hidden;
    color: var(--text-quiet);
    font-size: 12px;
    white-space: nowrap;
  }

  .facts > * {
    flex: none;
  }

  .duration {
    font-variant-numeric: tabular-nums;
  }

  .prompts,
  .blocked {
    color: var(--suspended);
    font-weight: 600;
  }

  .imported {
    color: var(--text-quiet);
  }

  .facts .prompts,
  .facts .blocked,
  .facts .error {
    flex: 0 1 auto;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .error {
    color: var(--failed);
  }

  .facts .error[title] {
    position: relative;
    z-index: 1;
    pointer-events: none;
  }

  .actions {
    position: absolute;
    inset: 22px 6px auto auto;
    z-index: 2;
    display: flex;
    opacity: 0;
  }

  .row:hover .actions,
  .row:focus-within .actions {
    opacity: 1;
    background: var(--surface-hover);
  }

  .row.selected .actions,
  .row.open .actions {
    background: var(--surface-selected);
  }

  .actions button {
    min-height: 24px;
    padding: 1px 6px;
    font-size: 12px;
  }

  .actions button:hover {
    background: var(--surface);
  }

  /* Where nothing hovers, what can be done is seen by itself. */
  @media (hover: none) {
    .pick input,
    .actions {
      opacity: 1;
    }

    .facts {
      padding-right: 160px;
    }
  }

  .state {
    flex: none;
    padding: 10px 12px;
    color: var(--text-quiet);
    overflow-wrap: anywhere;
  }

  .state pre {
    margin-top: 6px;
    white-space: pre-wrap;
  }

  .state button {
    margin-top: 8px;
  }

  .state.stale {
    padding-block: 4px;
    border-bottom: 1px solid var(--border);
    color: var(--suspended);
    font-size: 12px;
  }

  .more {
    display: block;
    margin: 8px auto;
    font-size: 12px;
    text-align: center;
  }

  .newer {
    position: absolute;
    z-index: 2;
    top: 8px;
    left: 50%;
    translate: -50% 0;
    border-color: transparent;
    border-radius: 13px;
    background: var(--accent-fill);
    color: var(--on-accent);
    font-weight: 600;
    box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
  }

  button.newer:hover {
    background: var(--accent-fill-hover);
  }

  .selection {
    flex: none;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 6px;
    padding: 6px 8px 6px 12px;
    border-top: 1px solid var(--border);
    background: var(--surface-raised);
    font-size: 12px;
  }

  .selection [role='status'] {
    flex: 1 0 auto;
    font-variant-numeric: tabular-nums;
  }

  .selection progress {
    flex: 1 1 80px;
    min-width: 60px;
    accent-color: var(--accent-fill);
  }
`;
