import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Lines have at most 100 columns. The formatter sees to code; texts, comments, SQL in templates and
 * prose are measured here. A line may be longer only where no break could make it shorter.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const columns = 100;

/** A piece without a blank, such as an address, or a pattern: neither can be broken. */
const pattern = /(?:^\s*|[(,=:[]|return|=>) ?\/(?![/*]).{30,}\/[dgimsuvy]*/;
/** A test's title is one sentence, which the formatter keeps on the line of its call. */
const title = /^\s*(?:(?:it|describe)\(|\)\(|\}\)\()['`]/;
const titleColumns = 145;
const canBreak = (line: string) =>
  !pattern.test(line) &&
  !(title.test(line) && line.length <= titleColumns) &&
  Math.max(...line.split(/\s+/).map(({ length }) => length)) + line.search(/\S/) <= columns;
const tooLong = (line: string) => line.length > columns && canBreak(line);

const filesOf = (folder: string, endings: readonly string[]) =>
  readdirSync(root + folder, { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => endings.includes(extname(name)) && !name.includes('node_modules'));
const linesOf = (file: string) => readFileSync(root + file, 'utf8').split('\n');
const places = (file: string, lines: readonly string[], wrong: (line: string) => boolean) =>
  lines.flatMap((line, i) => (wrong(line) ? [`${file}:${i + 1}`] : []));

/** Lines that are still longer, by folder: no more may come, each that goes lowers its number. */
const allowance = {
  src: 4,
  test: 0,
  bench: 0,
  demo: 0,
  scripts: 0,
  web: 0,
};
const endings = ['.ts', '.tsx', '.css'];

describe('lines of code', () => {
  it.each(Object.entries(allowance))('%s/: at most 100 columns but for %i', (folder, most) => {
    const found = filesOf(folder, endings).flatMap((file) => places(file, linesOf(file), tooLong));
    expect(found.length, found.slice(most).join('\n')).toBeLessThanOrEqual(most);
  });
});

/** Prose: not tables, which have a row a line, and not what programs printed. */
function prose(text: string): string[] {
  let fenced = false;
  return text.split('\n').map((line) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    return fenced || line.startsWith('|') ? '' : line;
  });
}
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesOf('docs', ['.md']),
  ...filesOf('examples', ['.md']),
];
it.each(pages)('%s: at most 100 columns, tables and what was printed aside', (page) => {
  expect(places(page, prose(linesOf(page).join('\n')), tooLong)).toEqual([]);
});
it.each(filesOf('examples', ['.yaml']))('%s: at most 100 columns', (file) => {
  expect(places(file, linesOf(file), tooLong)).toEqual([]);
});
