/** A run that waits: the page's icon with a number on it. */
function iconOf(count: string): string {
  const text = count.length > 2 ? '99+' : count;
  const width = 12 + text.length * 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="1" y="1" width="30" height="30" rx="7" fill="#2563c9"/>
<path d="M8 11l5 5-5 5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
<rect x="${32 - width}" y="13" width="${width}" height="19" rx="6" fill="#b3261e" stroke="#fff" stroke-width="1.5"/>
<text x="${32 - width / 2}" y="28" font-family="system-ui,sans-serif" font-size="15" font-weight="700" fill="#fff" text-anchor="middle">${text}</text>
</svg>`;
}

/** Says in the page's title and icon how many sessions wait; the empty text takes it back. */
export class PageBadge {
  readonly #page: Document;
  readonly #title: string;
  readonly #icon: HTMLLinkElement | null;
  readonly #href: string | null;
  #count = '';

  constructor(page: Document) {
    this.#page = page;
    this.#title = page.title;
    this.#icon = page.querySelector<HTMLLinkElement>('link[rel="icon"]');
    this.#href = this.#icon?.getAttribute('href') ?? null;
  }

  show(count: string): void {
    if (count === this.#count) return;
    this.#count = count;
    this.#page.title = count === '' ? this.#title : `(${count}) ${this.#title}`;
    if (this.#icon === null || this.#href === null) return;
    const drawn = `data:image/svg+xml,${encodeURIComponent(iconOf(count))}`;
    this.#icon.setAttribute('href', count === '' ? this.#href : drawn);
  }
}
