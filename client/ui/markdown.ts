import DOMPurify from 'dompurify';
import { Marked, type Token } from 'marked';

/** A part of a text, such as a paragraph or a list, and what it looks like. */
export interface MarkdownPart {
  /** The part as it was written: parts of the same text look the same. */
  readonly raw: string;
  draw(): DocumentFragment;
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // HTML in a text is shown, not done.
    html: ({ text, block }) => (block ? `<p>${escaped(text)}</p>` : escaped(text)),
    // Below the heading of its node, whatever it is in its own text: no level of the page is skipped.
    heading({ tokens, depth }) {
      return `<h4${depth <= 2 ? ' class="major"' : ''}>${this.parser.parseInline(tokens)}</h4>`;
    },
    // Looking at a run must tell nobody that it was looked at.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
});

const purify = DOMPurify(window);
purify.addHook('afterSanitizeAttributes', (element) => {
  if (element.tagName !== 'A' || !element.hasAttribute('href')) return;
  element.setAttribute('target', '_blank');
  element.setAttribute('rel', 'noopener noreferrer');
});

// Set once: to read it for each text costs as much as the text.
purify.setConfig({
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h4', 'strong', 'em', 'del', 'a'],
    ...['code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'input'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td', '#text'],
  ],
  ALLOWED_ATTR: ['class', 'href', 'title', 'start', 'align', 'type', 'checked', 'disabled'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  IN_PLACE: true,
});

/** Where nothing is loaded and nothing runs: a document that is on no page. */
const aside = document.implementation.createHTMLDocument('');

/** More marks than any text that was written to be read: they would take seconds to make sense of. */
const MOST_MARKS = 700;

/**
 * Whether a text is to be drawn as Markdown at all; what only looks like it is shown as it is.
 */
function isReadable(text: string): boolean {
  const marks = text.match(/[*_~[\]<>@|`]/g)?.length ?? 0;
  return marks <= MOST_MARKS && !/(?:[>*+-] ?){60}/.test(text);
}

/** The parts of a Markdown text, in order. Nothing in them can run, and no link leads to a script. */
export function markdownParts(text: string): MarkdownPart[] {
  const plain = (): DocumentFragment => {
    const fragment = document.createDocumentFragment();
    const element = document.createElement('div');
    element.className = 'plain';
    element.textContent = text;
    fragment.append(element);
    return fragment;
  };
  if (!isReadable(text)) return [{ raw: text, draw: plain }];
  return marked
    .lexer(text)
    .filter((token) => token.type !== 'space')
    .map((token) => ({ raw: token.raw, draw: () => draw(token) }));
}

function draw(token: Token): DocumentFragment {
  const root = aside.createElement('blockquote');
  root.innerHTML = marked.parser([token]);
  purify.sanitize(root);
  const fragment = document.createDocumentFragment();
  fragment.append(...root.childNodes);
  return fragment;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
