import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { announce } from './announce.ts';

/**
 * A page that reads a page of the list and writes its rows, and does nothing else: what Chromium, the
 * machine and three requests one after another cost. Its one argument is a file with that JSON.
 */
const html = `<!doctype html><meta charset="utf-8"><title>Plain</title>
<script type="module" src="/page.js"></script>`;
const script = `const { sessions } = await (await fetch('/list')).json();
document.body.append(...sessions.map(({ title }) => {
  const row = document.createElement('div');
  row.role = 'row';
  row.append(Object.assign(document.createElement('a'), { href: '#', textContent: title }));
  return row;
}));`;
const list = await readFile(process.argv[2] ?? '', 'utf8');

const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
  '/': ['text/html', html],
  '/page.js': ['text/javascript', script],
  '/list': ['application/json', list],
};

announce(
  createServer((request, response) => {
    const [type, content] = files[request.url ?? ''] ?? ['text/plain', ''];
    response.setHeader('content-type', type);
    response.end(content);
  }),
);
