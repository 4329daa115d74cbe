import { defineConfig } from 'vite';

/** Builds the page into the package's `dist/`. All addresses are relative: it works below any path of a proxy. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy allows neither styles nor pictures that stand in a page or a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licenses of the packages that are copied into the page, which have to go with them.
    license: { fileName: 'LICENSES.md' },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
