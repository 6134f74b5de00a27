import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig, type Plugin } from 'vite';
import { withoutTeaching } from '../web/without-teaching.ts';
import { compressTexts } from './compress.ts';
import { buildPasteFile } from './paste-file.ts';

/**
 * Writes dist/web: the pages as files, which the program serves below /ui/, and the paste page as
 * one file; and dist/plan-view, the element `<dbintel-plan>` for pages of others: small, with what
 * it loads beside it, and complete, for hosts that can take one file only.
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

/** What each entry is made of; `index` and `complete` have all that the package offers. */
const entries = {
  'plan-view': 'index.ts',
  'plan-view.iife': 'index.ts',
  index: 'package.ts',
  complete: 'package.ts',
  'complete.iife': 'package.ts',
} as const;
type Entry = keyof typeof entries;

/** Loaded when they are asked for: `plan-view.iife.js` takes those of `plan-view.js`. */
const chunkOf = (id: string): string | undefined =>
  /\/(?<name>rest|pack)\.ts$/.exec(id)?.groups?.['name'];

export async function buildPlanView(out = join(root, 'dist/plan-view')): Promise<void> {
  await build(library('plan-view', out, true));
  for (const each of ['plan-view.iife', 'index', 'complete', 'complete.iife'] as const)
    await build(library(each, out, false));
}

/** All of it as `plan-view.js`, which the program puts into pages. */
export const buildWhole = (out: string): Promise<unknown> =>
  build(library('complete.iife', out, false, 'plan-view'));

function library(
  name: Entry,
  outDir: string,
  emptyOutDir: boolean,
  file: string = name,
): InlineConfig {
  const isWhole = name.startsWith('complete');
  const isScript = name.endsWith('.iife');
  return {
    configFile: false,
    root: views,
    publicDir: false,
    logLevel: 'warn',
    plugins: [withoutTeaching(), ...(isScript && !isWhole ? [chunksBeside] : [])],
    build: {
      outDir,
      emptyOutDir,
      target: 'es2022',
      minify: true,
      reportCompressedSize: false,
      lib: {
        entry: { [name]: entries[name] },
        name: 'dbintelPlanView',
        formats: [isScript ? 'iife' : 'es'],
        fileName: () => `${file}.js`,
      },
      rolldownOptions: {
        // What its chunks share with it stands in the entry, which is all that is loaded at first.
        preserveEntrySignatures: 'allow-extension',
        output: {
          // Vite leaves the spaces of a module to those who bundle it; this one is used as it is.
          minify: true,
          ...(isWhole ? { codeSplitting: false } : {}),
          chunkFileNames: `chunks/${name === 'index' ? 'index-' : ''}[name].js`,
        },
      },
    },
  };
}

/** A script finds them by its own address, as a module does. */
const chunksBeside: Plugin = {
  name: 'chunks-beside',
  resolveDynamicImport(specifier) {
    const chunk = typeof specifier === 'string' ? chunkOf(specifier) : undefined;
    return chunk === undefined ? null : { id: `./chunks/${chunk}.js`, external: true };
  },
};

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
