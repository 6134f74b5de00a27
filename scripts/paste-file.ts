import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { withoutTeaching } from '../web/without-teaching.ts';

/**
 * Writes dist/web/paste.html: the paste page as one file with everything in it, for a disk, a mail
 * or any host of static files. Its policy names its only script and its only style by their hashes,
 * and lets it ask nobody for anything.
 */
const web = join(dirname(dirname(fileURLToPath(import.meta.url))), 'web');

const onePiece = { output: { codeSplitting: false } };

export async function buildPasteFile(folder: string): Promise<void> {
  const built = await build({
    configFile: false,
    root: web,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    // Of a file that is alone, the worker is one piece, too.
    worker: { plugins: () => [withoutTeaching()], rolldownOptions: onePiece },
    build: {
      write: false,
      target: 'es2024',
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      cssCodeSplit: false,
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: {
        input: join(web, 'app/paste/file.tsx'),
        ...onePiece,
        checks: { bundlerTimings: false },
      },
    },
  });
  const { output } = built as Rolldown.RolldownOutput;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'paste.html'), pageOf(scriptOf(output), styleOf(output)));
}

type Output = Rolldown.RolldownOutput['output'];

function scriptOf(output: Output): string {
  const chunks = output.flatMap((each) => (each.type === 'chunk' ? [each.code] : []));
  const [code, ...others] = chunks;
  if (code === undefined || others.length > 0)
    throw new Error(`the page is one script, not ${chunks.length}`);
  // What would end the element, or open a comment in it, stands in strings of the script only.
  return code.replaceAll('</script', String.raw`<\/script`).replaceAll('<!--', String.raw`\x3c!--`);
}

const styleOf = (output: Output): string =>
  output
    .flatMap((each) =>
      each.type === 'asset' && each.fileName.endsWith('.css') ? [String(each.source)] : [],
    )
    .join('\n');

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function pageOf(script: string, style: string): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'font-src data:',
    'img-src data: blob:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>dbintel: read a plan</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<div id="root"></div>
<script type="module">${script}</script>
</html>
`;
}
