import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What the documents claim about the tree is true. */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const rooms = readdirSync(join(root, 'src')).filter((name) =>
  statSync(join(root, 'src', name)).isDirectory(),
);
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface NamedPath {
  path: string;
  /** The room that its paragraph, list entry or table speaks about. */
  room: string;
}

/** What stands in backticks and looks like a path, in commands too. */
function namedPaths(text: string): NamedPath[] {
  const prose = text.replace(/^```[^]*?^```/gm, '');
  return prose.split(/\n\n+/).flatMap((paragraph) => {
    const quoted = [...paragraph.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner as string);
    const paths = quoted.flatMap((inner) => inner.split(/\s/).filter(looksLikePath));
    const inRoom = /^\| in `([^`]+)`/.exec(paragraph)?.[1];
    const besides = paths.find((path) => path.includes('/') && path.endsWith('.ts'));
    return paths.map((path) => ({ path, room: inRoom ?? dirname(besides ?? '.') }));
  });
}
const looksLikePath = (word: string) =>
  /^[\w.*-]+(\/[\w.*-]*)*$/.test(word) &&
  (word.includes('/') || /\.(ts|lua|md|yaml)$/.test(word)) &&
  word !== 'TARGET.yaml';
const isThere = ({ path, room }: NamedPath) =>
  [path, join('src', path), join('src', room, path)].some(
    (each) => globSync(each, { cwd: root }).length > 0,
  );

describe('the documents', () => {
  it('ARCHITECTURE.md names every room, and no other', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/^ {2}([a-z]+)\/ {2}/gm)].map(
      ([, name]) => name,
    );
    expect(named.toSorted()).toEqual(rooms.toSorted());
  });
  it('ARCHITECTURE.md names no file or folder that is not there', () => {
    const named = namedPaths(read('ARCHITECTURE.md'));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((each) => !isThere(each)).map(({ path }) => path)).toEqual([]);
  });
  it('ARCHITECTURE.md is at most 200 lines', () => {
    expect(read('ARCHITECTURE.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });
  it('the README is at most 100 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  });
  it.each(documents)('%s has no dead link', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, link]) => link as string,
    );
    expect(links.filter((link) => !existsSync(resolve(root, dirname(file), link)))).toEqual([]);
  });
  it('every command that they show exists, with its flags', { timeout: 600_000 }, () => {
    const commands = new Map<string, string>();
    const helpOf = (name: string) => {
      if (!commands.has(name))
        commands.set(
          name,
          execFileSync(join(root, 'bin/dbintel'), [...name.split(' '), '--help'], {
            encoding: 'utf8',
          }),
        );
      return commands.get(name) as string;
    };
    const known = execFileSync(join(root, 'bin/dbintel'), ['--help'], { encoding: 'utf8' });
    const makefile = read('Makefile');
    const wrong: string[] = [];
    for (const file of documents) {
      const text = read(file);
      for (const [line, name, rest = ''] of text.matchAll(
        /(?:kubectl |bin\/|[`\s(])dbintel ([a-z]+)((?: +(?:--?[a-z][a-z-]*|[^\s`|;#…]+))*)/g,
      )) {
        if (!/^(kubectl |bin\/|`)?dbintel/.test(line.trim())) continue;
        const isPlugin = line.startsWith('kubectl ');
        const helpful = isPlugin ? `kubectl ${name}` : (name as string);
        if (isPlugin && !new RegExp(`^ {2}${name}\\b`, 'm').test(helpOf('kubectl')))
          wrong.push(`${file}: kubectl dbintel ${name}`);
        if (!isPlugin && !new RegExp(`^ {2}${name} `, 'm').test(known)) {
          if (/^(bin\/)?dbintel/.test(line.trim().replace('`', '')) && line.startsWith('`'))
            wrong.push(`${file}: dbintel ${name}`);
          continue;
        }
        for (const [flag] of rest.matchAll(/--[a-z][a-z-]+/g))
          if (!helpOf(helpful).includes(flag)) wrong.push(`${file}: dbintel ${name} ${flag}`);
      }
      for (const [, target] of text.matchAll(/`make ([a-z-]+)/g))
        if (!new RegExp(`^${target}:`, 'm').test(makefile)) wrong.push(`${file}: make ${target}`);
    }
    expect(wrong).toEqual([]);
    expect(commands.size).toBeGreaterThanOrEqual(6);
  });
  it('no source file is longer than 500 lines', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.ts'));
    expect(sources.filter((name) => read(`src/${name}`).split('\n').length > 500)).toEqual([]);
  });
});
