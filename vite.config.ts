import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * Keeps on the inside what libraries would put on `window`: on somebody else's page it would be seen,
 * and a zod there would take our settings.
 */
const noGlobals: Plugin = {
  name: 'no-globals',
  transform(code, id) {
    if (/node_modules\/(?:lit-html|lit-element|@lit\/reactive-element)\//.test(id)) {
      return `const litGlobals = {};\n${code.replaceAll(
        /\b(?:\w+\.)?((?:lit|reactive)\w+Versions|litPropertyMetadata)\b/g,
        'litGlobals.$1',
      )}`;
    }
    if (/node_modules\/zod\//.test(id) && code.includes('globalThis')) {
      return `const zodGlobals = {};\n${code
        .replaceAll('globalThis.__zod', 'zodGlobals.__zod')
        .replaceAll('= globalThis)', '= zodGlobals)')}`;
    }
    return null;
  },
};

/** Puts beside each file what gzip makes of it, so that the server has nothing to compress. */
const gzipped: Plugin = {
  name: 'gzipped',
  async writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle)) {
      const path = join(dir, name);
      await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
    }
  },
};

const shared = {
  root: 'client',
  base: './',
  plugins: [noGlobals, gzipped],
} satisfies UserConfig;

/** The page of the server. */
const page: UserConfig = {
  ...shared,
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    // Inlined assets would be data: URLs, which the Content-Security-Policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // One file for what the page needs at once: each more is a round trip beside it.
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
  },
  server: {
    proxy: { '/v1beta1': { target: 'http://127.0.0.1:4600', changeOrigin: true } },
  },
};

/** The element for other people's pages: one module, and what it loads when it is needed. */
const panel: UserConfig = {
  ...shared,
  publicDir: false,
  build: {
    outDir: '../dist/panel',
    emptyOutDir: true,
    // A preload would be a link in the head of the page.
    modulePreload: false,
    rolldownOptions: {
      input: 'client/reattach-panel.ts',
      preserveEntrySignatures: 'strict',
      output: {
        entryFileNames: 'reattach-panel.js',
        chunkFileNames: 'assets/[name]-[hash].js',
      },
    },
  },
};

// `vite build --mode panel` builds the element.
export default defineConfig(({ mode }) => (mode === 'panel' ? panel : page));
