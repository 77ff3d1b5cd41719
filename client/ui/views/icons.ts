import { html, type TemplateResult } from 'lit';
import type { Theme } from '../../state/theme-choice.ts';

/** A page of which the left pane is marked. */
export const panesIcon = html`<svg viewBox="0 0 16 16" aria-hidden="true">
  <rect x="1.7" y="2.7" width="12.6" height="10.6" rx="1.5" />
  <path d="M6 2.7v10.6" />
</svg>`;

/** The mark of the product. */
export const brandIcon = html`<svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
  <rect width="16" height="16" rx="3.5" fill="#2f6fdb" />
  <path
    d="M4 5l3 3-3 3M8.5 11.5h4"
    fill="none"
    stroke="#fff"
    stroke-width="1.6"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;

/** A magnifying glass. */
export const searchIcon = html`<svg viewBox="0 0 16 16" aria-hidden="true">
  <circle cx="7" cy="7" r="4.5" />
  <path d="M10.4 10.4 14 14" />
</svg>`;

/** A disc half filled, a sun and a moon. */
export const themeIcons: Readonly<Record<Theme, TemplateResult>> = {
  system: html`<svg viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="5.5" />
    <path class="solid" d="M8 2.5a5.5 5.5 0 0 1 0 11Z" />
  </svg>`,
  light: html`<svg viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="3" />
    <path
      d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1"
    />
  </svg>`,
  dark: html`<svg viewBox="0 0 16 16" aria-hidden="true">
    <path d="M13.5 9.6A5.9 5.9 0 0 1 6.4 2.5a5.9 5.9 0 1 0 7.1 7.1Z" />
  </svg>`,
};
