import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
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

const views = join(root, 'web/plan-view');

/** `plan-view.js` is the element alone, `index.js` and the script all that the package offers. */
export async function buildPlanView(out = join(root, 'dist/plan-view')): Promise<void> {
  const library = (format: 'es' | 'iife', entry: Record<string, string>): InlineConfig => ({
    configFile: false,
    root: views,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: out,
      emptyOutDir: 'plan-view' in entry,
      target: 'es2022',
      minify: true,
      reportCompressedSize: false,
      lib: {
        entry,
        name: 'dbintelPlanView',
        formats: [format],
        fileName: (_, name) => `${name}.js`,
      },
      // Vite leaves the spaces of a module to those who bundle it; this one is also used as it is.
      rolldownOptions: { output: { minify: true } },
    },
  });
  await build(library('es', { 'plan-view': 'index.ts' }));
  await build(library('es', { index: 'package.ts' }));
  await build(library('iife', { 'plan-view.iife': 'package.ts' }));
}

/** What is published: with its types, its words and its licence. */
function addPackageFiles(out = join(root, 'dist/plan-view')): void {
  for (const name of ['package.json', 'README.md'])
    copyFileSync(join(views, name), join(out, name));
  copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', views], { stdio: 'inherit' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildWeb();
  await buildPlanView();
  addPackageFiles();
}
