import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * Packages that bear the name of something else: `nr1` on npm is not New Relic's SDK, which comes
 * with New Relic's own tools alone.
 */
const strangers = ['nr1'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const tables = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

it.each(globSync('**/package.json', { cwd: root, exclude: ['**/node_modules/**', 'dist/**'] }))(
  '%s names no package that is not what its name says',
  (file) => {
    const manifest = JSON.parse(readFileSync(root + file, 'utf8'));
    const named = tables.flatMap((table) => Object.entries<string>(manifest[table] ?? {}));
    const all = named.flatMap(([name, from]) => [name, from.replace(/^npm:(.*)@.*$/, '$1')]);
    expect(all.filter((name) => strangers.includes(name))).toEqual([]);
  },
);

it('none of them is in the lock file', () => {
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
  const installed = Object.entries<{ name?: string }>(packages).map(
    ([path, { name }]) => name ?? path.split('node_modules/').at(-1),
  );
  expect(installed.filter((name) => strangers.includes(String(name)))).toEqual([]);
});
