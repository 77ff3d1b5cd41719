import { html, type TemplateResult } from 'lit';

/** The parts of a session of which a narrow page shows one at a time. */
export type PaneTab = 'log' | 'prompts';

export interface PaneTabsInput {
  readonly shown: PaneTab;
  /** How many prompts are open. */
  readonly open: number;
  readonly onShow: (tab: PaneTab) => void;
}

/** Tabs as WAI-ARIA has them: one stop for the Tab key, arrows go from one to the other. */
export function paneTabs({ shown, open, onShow }: PaneTabsInput): TemplateResult {
  const tab = (name: PaneTab, title: string) =>
    html`<button
      type="button"
      role="tab"
      id="tab-${name}"
      aria-controls=${name}
      aria-selected=${name === shown ? 'true' : 'false'}
      tabindex=${name === shown ? 0 : -1}
      @click=${() => onShow(name)}
    >
      ${title}
    </button>`;
  return html`<div
    class="tabs"
    role="tablist"
    aria-label="Parts of the session"
    @keydown=${(event: KeyboardEvent) => {
      const tabs = event.currentTarget;
      const wanted = wantedBy(event.key, shown);
      if (wanted === null || !(tabs instanceof HTMLElement)) return;
      event.preventDefault();
      onShow(wanted);
      tabs.querySelector<HTMLElement>(`#tab-${wanted}`)?.focus();
    }}
  >
    ${tab('log', 'Nodes')} ${tab('prompts', open === 0 ? 'Prompts' : `Prompts (${open})`)}
  </div>`;
}

function wantedBy(key: string, shown: PaneTab): PaneTab | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      return shown === 'log' ? 'prompts' : 'log';
    case 'Home':
      return 'log';
    case 'End':
      return 'prompts';
    default:
      return null;
  }
}
