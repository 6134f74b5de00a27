import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Writes dist/web: the pages as files, which the program serves below /ui/. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function buildWeb(out = join(root, 'dist/web')): Promise<void> {
  await build({
    configFile: join(root, 'web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: out },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWeb();
