import { css } from 'lit';

export const sessionPaneStyles = css`
  :host {
    display: block;
    min-width: 0;
    min-height: 0;
    container-type: inline-size;
  }

  section {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
  }

  header {
    border-bottom: 1px solid var(--border);
    padding: 8px 14px;
    display: grid;
    gap: 4px;
    background: var(--surface-raised);
  }

  .line {
    display: flex;
    align-items: center;
    gap: 10px;
    min-width: 0;
  }

  .facts {
    flex-wrap: wrap;
    row-gap: 2px;
    font-size: 12px;
  }

  h2 {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 14px;
  }

  .actions {
    display: flex;
    gap: 6px;
    flex: none;
  }

  .back {
    display: none;
  }

  progress {
    width: 120px;
    height: 6px;
    accent-color: var(--accent-fill);
  }

  .turn {
    display: flex;
    gap: 8px;
    min-width: 0;
    font-size: 12px;
  }

  .turn .quiet-text {
    flex: none;
  }

  .said {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    border-left: 2px solid var(--accent-fill);
    padding-left: 8px;
  }

  .banner {
    padding: 6px 10px;
    border: 1px solid var(--suspended-border);
    border-radius: var(--radius);
    background: var(--suspended-surface);
  }

  .body {
    flex: 1;
    min-height: 0;
    display: flex;
    flex-direction: column;
  }

  .frame {
    position: relative;
    flex: 1;
    min-width: 0;
    min-height: 0;
    display: flex;
  }

  .log {
    flex: 1;
    min-width: 0;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
  }

  /* What grows above the end would be taken for a place to hold on to. */
  .log.following {
    overflow-anchor: none;
  }

  .log .live-mark {
    padding-inline: 14px;
    border-bottom: 1px solid var(--border);
    overflow-anchor: none;
  }

  .to-end {
    position: absolute;
    inset-block-end: 10px;
    inset-inline-end: 22px;
    border-color: var(--border-strong);
    border-radius: 14px;
    box-shadow: 0 2px 8px rgb(0 0 0 / 20%);
  }

  .danger {
    border-color: var(--failed);
    color: var(--failed);
  }

  .stream.live::before {
    content: '';
    display: inline-block;
    width: 7px;
    height: 7px;
    margin-inline-end: 5px;
    border-radius: 50%;
    background: var(--completed);
  }

  .log:focus-visible {
    outline-offset: -2px;
  }

  .prompts {
    flex: none;
    max-height: 60%;
    overflow-y: auto;
    border-top: 1px solid var(--border);
    background: var(--surface-raised);
    padding: 10px 14px;
  }

  /* The prompts are below the log until there is room beside it. */
  slot[name='divider'] {
    display: none;
  }

  .prompts ul {
    display: grid;
    gap: 10px;
  }

  .empty {
    padding: 14px;
    color: var(--text-quiet);
  }

  .failure {
    margin: 10px 14px;
    padding: 8px 10px;
    border-radius: var(--radius);
    background: var(--failed-surface);
    color: var(--failed);
  }

  @container (min-width: 900px) {
    .body {
      flex-direction: row;
    }

    .prompts {
      width: var(--prompts-width, 40%);
      max-height: none;
      border-top: 0;
    }

    slot[name='divider'] {
      display: contents;
    }
  }

  .tabs {
    display: flex;
    border-bottom: 1px solid var(--border);
    background: var(--surface-raised);
  }

  [role='tab'] {
    flex: 1;
    min-height: 32px;
    border: 0;
    border-radius: 0;
    border-bottom: 2px solid transparent;
    background: none;
  }

  [role='tab'][aria-selected='true'] {
    border-bottom-color: var(--accent);
    font-weight: 600;
  }

  [role='tab']:focus-visible {
    outline-offset: -2px;
  }

  @media (forced-colors: active) {
    [role='tab'] {
      border-bottom-color: Canvas;
    }

    [role='tab'][aria-selected='true'] {
      border-bottom-color: Highlight;
    }
  }

  .showing-prompts .frame,
  .showing-log .prompts {
    display: none;
  }

  .showing-prompts .prompts {
    flex: 1;
    max-height: none;
    border-top: 0;
  }

  :host([one-pane]) .back {
    display: inline-block;
    padding-inline: 4px;
  }

  :host([one-pane]) .close {
    display: none;
  }

  @container (max-width: 480px) {
    header > .line:first-child {
      flex-wrap: wrap;
    }

    h2 {
      order: 1;
      flex-basis: 100%;
      white-space: normal;
      overflow-wrap: anywhere;
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 3;
    }

    .actions {
      margin-left: auto;
    }
  }
`;
