import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Opens a link that has a secret in it. Arguments of programs are seen by everybody on the machine,
 * so the browser is given a file that only its user may read, and which leads there.
 */
const openers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  win32: ['explorer'],
};

export function openBrowser(link: string): { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-'));
  const file = join(folder, 'sign-in.html');
  const target = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const head = `<meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${target}">`;
  writeFileSync(file, `<!doctype html>${head}<title>dbintel</title>\n`, { mode: 0o600 });
  const [command = '', ...before] = openers[process.platform] ?? ['xdg-open'];
  // Without a browser the link that was printed is enough.
  spawn(command, [...before, file], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
  return { remove: () => rmSync(folder, { recursive: true, force: true }) };
}
