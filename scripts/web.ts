import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';
import { compressTexts } from './compress.ts';
import { buildPasteFile } from './paste-file.ts';

/**
 * Writes dist/web: the pages as files, which the program serves below /ui/, and the paste page as
 * one file; and dist/plan-view, the element `<dbintel-plan>` for pages of others: as a module, and
 * as one script for a page that has no modules (a file that is opened from a disk).
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function buildWeb(out = join(root, 'dist/web')): Promise<void> {
  await build({
    configFile: join(root, 'web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: out },
  });
  await buildPasteFile(out);
  compressTexts(out);
}

export async function buildPlanView(out = join(root, 'dist/plan-view')): Promise<void> {
  const library = (format: 'es' | 'iife', name: string): InlineConfig => ({
    configFile: false,
    root: join(root, 'web/plan-view'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: out,
      emptyOutDir: format === 'es',
      target: 'es2022',
      minify: true,
      reportCompressedSize: false,
      lib: {
        entry: 'index.ts',
        name: 'dbintelPlanView',
        formats: [format],
        fileName: () => name,
      },
      // Vite leaves the spaces of a module to those who bundle it; this one is also used as it is.
      rolldownOptions: { output: { minify: true } },
    },
  });
  await build(library('es', 'plan-view.js'));
  await build(library('iife', 'plan-view.iife.js'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildWeb();
  await buildPlanView();
}
