import { defineConfig } from 'vite';

// Served by the local stack at `/`, or from any folder of a web server: addresses are relative.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true },
});
