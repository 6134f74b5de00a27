import { join } from 'node:path';
import { defineConfig } from 'vite';
import { withoutTeaching } from './without-teaching.ts';

/**
 * The pages, as the program serves them below /ui/. Nothing is inlined: the policy that is sent
 * with them allows no script and no style but those of files.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  publicDir: 'public',
  // Modules, so that it loads the readers of the dialect that a text is in, and no other.
  worker: { format: 'es', plugins: () => [withoutTeaching()] },
  build: {
    outDir: join(import.meta.dirname, '../dist/web'),
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // How long plugins took is nobody’s business who runs the demo.
      checks: { bundlerTimings: false },
      // All that the first page begins with comes in one piece: each more is another request.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      onwarn(warning, warn) {
        // `use client` speaks to servers that draw pages; there is none.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
