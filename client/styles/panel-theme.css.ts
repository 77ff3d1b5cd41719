import { css } from 'lit';

/**
 * The element as a part of whatever page it is on. It takes nothing from there but its place, its
 * colour scheme and what is called `--reattach-…`; docs/embedding.md lists these.
 */
export const panelTheme = css`
  :host {
    all: initial;
    color-scheme: inherit;

    --surface: var(--reattach-surface, light-dark(#ffffff, #1c1e22));
    --surface-raised: var(--reattach-surface-raised, light-dark(#f5f6f8, #24272c));
    --surface-sunken: var(--reattach-surface-sunken, light-dark(#fafbfc, #17191c));
    --surface-hover: var(--reattach-surface-hover, light-dark(#eef1f5, #2b2f35));
    --surface-selected: var(--reattach-surface-selected, light-dark(#e1ebfb, #26364f));
    --border: var(--reattach-border, light-dark(#d9dde3, #363a41));
    --border-strong: var(--reattach-border-strong, light-dark(#868d98, #737b88));
    --text: var(--reattach-text, light-dark(#1d2128, #e4e6ea));
    --text-quiet: var(--reattach-text-quiet, light-dark(#5a626e, #9ba3af));
    --accent: var(--reattach-accent, light-dark(#1f5fc4, #7fb0ff));
    --accent-fill: var(--reattach-accent-fill, light-dark(#2563c9, #3671d2));
    --accent-fill-hover: var(--reattach-accent-fill-hover, light-dark(#1c52ac, #3169c4));
    --on-accent: var(--reattach-on-accent, #ffffff);
    --running: var(--reattach-running, light-dark(#1f5fc4, #7fb0ff));
    --suspended: var(--reattach-suspended, light-dark(#8a5200, #f0b45c));
    --suspended-surface: var(--reattach-suspended-surface, light-dark(#fff6e5, #33291a));
    --suspended-border: var(--reattach-suspended-border, light-dark(#e3b562, #7a5c24));
    --completed: var(--reattach-completed, light-dark(#1b7038, #6fce8c));
    --failed: var(--reattach-failed, light-dark(#b3261e, #ff9088));
    --failed-surface: var(--reattach-failed-surface, light-dark(#fdeeed, #3a2122));
    --cancelled: var(--reattach-cancelled, light-dark(#5a626e, #9ba3af));
    --font: var(
      --reattach-font,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      sans-serif
    );
    --mono: var(
      --reattach-mono,
      ui-monospace,
      'SF Mono',
      'Cascadia Mono',
      Consolas,
      'DejaVu Sans Mono',
      monospace
    );
    --radius: var(--reattach-radius, 4px);

    display: block;
    height: 640px;
    background: var(--surface);
    color: var(--text);
    font: 13px/1.45 var(--font);
  }

  :host([theme='light']) {
    color-scheme: light;
  }

  :host([theme='dark']) {
    color-scheme: dark;
  }

  :host([whole-page]) {
    height: 100vh;
    height: 100dvh;
  }
`;
