import { execFileSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dialectNames } from '../../src/model/engine-name.ts';

/**
 * Whoever adds an engine, or a dialect that is only read, is asked by the compiler wherever an
 * answer is due, and nowhere else is a name looked at. Here a name of each is added in a copy of
 * the tree.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The files to touch beside the new folders in dialects/ and engines/. */
const asked = [
  'demo/scenes.ts',
  'oxlint.config.ts',
  ...readdirSync(join(root, 'src/analysis/rules'))
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => `src/analysis/rules/${file}`),
  'src/analysis/analyse.test.ts',
  'src/analysis/rules.test.ts',
  'src/dialects/habits.ts',
  'src/dialects/index.ts',
  'src/dialects/load.ts',
  'src/engines/index.ts',
  'src/engines/open-index-work.ts',
  'src/render/why-not.ts',
  'test/accuracy/worlds/worlds.test.ts',
  'test/contract/dialects.test.ts',
  'test/integration/counts.test.ts',
  'test/support/engine-kits/index.ts',
  'test/support/hazards/index.ts',
];

/** For a dialect without an engine, beside its folder in dialects/. */
const askedToRead = [
  'oxlint.config.ts',
  'src/analysis/rules.test.ts',
  'src/dialects/habits.ts',
  'src/dialects/index.ts',
  'src/dialects/load.ts',
  'src/render/why-not.ts',
  'test/contract/dialects.test.ts',
];

function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'dbintel-fourth-'));
  const files = ['tsconfig.json', 'package.json', 'oxlint.config.ts'];
  for (const part of ['src', 'test', 'bench', 'demo', 'scripts', 'web', ...files])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Paths of the files in which the compiler finds a mistake. */
function mistakenFiles(folder: string): string[] {
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--pretty', 'false'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return [];
  } catch (error) {
    const said = String((error as { stdout: Buffer }).stdout);
    return [
      ...new Set([...said.matchAll(/^([^\s(]+)\(\d+,\d+\): error/gm)].map(([, file]) => file)),
    ]
      .map(String)
      .sort();
  }
}

const names = dialectNames.join('|');
const comparison = new RegExp(
  `(?:[!=]==?\\s*|case |includes\\()'(?:${names})'|'(?:${names})'\\s*[!=]==?`,
);

describe('a fourth engine', () => {
  it('makes the compiler ask for each answer that is due', { timeout: 900_000 }, () => {
    const copy = copyOfTree();
    try {
      const list = join(copy, 'src/model/engine-name.ts');
      const names = readFileSync(list, 'utf8');
      const plant = (before: string) => {
        expect(names).toContain(`${before} = ['`);
        writeFileSync(list, names.replace(`${before} = ['`, `${before} = ['fourth', '`));
      };
      plant('engineNames');
      expect(mistakenFiles(copy)).toEqual(asked.toSorted());
      plant('readOnlyNames');
      expect(mistakenFiles(copy)).toEqual(askedToRead);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it.each([
    "if (engine === 'postgres') return;",
    "engine != 'mysql' ? 1 : 2",
    "'mariadb' === engine",
    "case 'postgres':",
    ".includes('mysql')",
  ])('finds the comparison in %s', (line) => expect(line).toMatch(comparison));

  it('is not told from others by its name outside of engines and dialects', () => {
    const files = globSync(['src/**/*.ts', 'demo/*.ts', 'scripts/*.ts'], {
      cwd: root,
      exclude: ['src/engines/**', 'src/dialects/**', '**/*.test.ts'],
    });
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (comparison.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });
});
