import { css } from 'lit';

export const panelViewStyles = css`
  .panel {
    position: relative;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    height: 100%;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 6px 8px;
    min-width: 0;
    padding: 6px 12px;
    border-bottom: 1px solid var(--border);
    background: var(--surface-raised);
  }

  .brand {
    display: flex;
    align-items: center;
    gap: 6px;
    font-size: 14px;
    font-weight: 600;
  }

  .bar select {
    width: auto;
    min-width: 0;
    max-width: min(320px, 50%);
    text-overflow: ellipsis;
  }

  .icon {
    display: inline-grid;
    place-items: center;
    flex: none;
    width: 28px;
    min-height: 28px;
    padding: 0;
  }

  .icon svg {
    width: 16px;
    height: 16px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.4;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  .icon .solid {
    fill: currentColor;
  }

  .notes {
    flex: 1;
    min-width: 0;
    font-size: 12px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .connection {
    min-width: 0;
    color: var(--suspended);
    font-size: 12px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .main {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    min-height: 0;
  }

  .main.with-list {
    grid-template-columns: var(--list-width, 320px) auto minmax(0, 1fr);
  }

  nav {
    display: grid;
    min-width: 0;
    min-height: 0;
  }

  .none {
    display: grid;
    place-items: center;
    padding: 16px;
    color: var(--text-quiet);
  }

  .toasts {
    position: absolute;
    z-index: 2;
    bottom: 12px;
    left: 12px;
    width: min(420px, calc(100% - 24px));
  }

  .toast {
    display: flex;
    align-items: center;
    gap: 12px;
    margin-top: 8px;
    padding: 6px 8px 6px 12px;
    border: 1px solid var(--border-strong);
    border-radius: 6px;
    background: var(--surface);
    box-shadow: 0 3px 12px rgb(0 0 0 / 20%);
  }

  .toast p {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    overflow: hidden;
  }

  .toast.wrong {
    border-color: var(--failed);
  }

  .one-pane .main.with-list {
    grid-template-columns: minmax(0, 1fr);
  }

  .one-pane .main > reattach-pane-divider,
  .one-pane .list-toggle {
    display: none;
  }

  .one-pane .viewing nav,
  .one-pane .listing .none {
    display: none;
  }

  .one-pane .notes:empty {
    display: none;
  }

  /* There is no room for the name, and it is the heading of the whole. */
  .one-pane .brand span {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }

  .one-pane .bar {
    flex-wrap: wrap;
  }

  .one-pane .bar select {
    flex: 1;
    max-width: none;
  }

  .one-pane .connection,
  .one-pane .retry {
    order: 1;
  }

  /* In a line of their own. */
  .one-pane .connection {
    flex: 1 1 60%;
    white-space: normal;
  }

  .one-pane .connection:empty {
    display: none;
  }

  .one-pane .notes {
    order: 2;
    flex-basis: 100%;
  }
`;
