import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { machine, resultsFile } from './harness.ts';

/** One table of the results: printed, and kept in its own section until it is measured anew. */
export interface Table {
  title: string;
  /** What was done, of which revision, and when. */
  about: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export const say = (line: string): void => console.log(line);

export function show({ columns, rows }: Table): void {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  for (const row of [columns, ...rows])
    say(`  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

/** Replaces the section of its title. */
export function keep(table: Table): void {
  const made =
    `Made by \`make bench\` (\`ONLY=name,…\` for some parts) on ${machine()}. ` +
    'Each part says when and of which commit.';
  const head = `# Results\n\n${wrapped(made)}\n\n`;
  const sections = readSections();
  sections.set(table.title, sectionOf(table));
  writeFileSync(resultsFile, head + [...sections.values()].join('\n'));
}

const columns = 100;

const sectionOf = ({ title, about, columns: names, rows }: Table) =>
  `## ${title}\n\n${wrapped(about[0]?.toUpperCase() + about.slice(1))}\n\n` +
  `${[names, names.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;

export const wrapped = (text: string): string =>
  text
    .split(' ')
    .reduce<string[]>(
      ([line = '', ...before], word) =>
        line === ''
          ? [word, ...before]
          : line.length + 1 + word.length <= columns
            ? [`${line} ${word}`, ...before]
            : [word, line, ...before],
      [],
    )
    .toReversed()
    .join('\n');

function readSections(): Map<string, string> {
  const known = existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '';
  return new Map(
    known
      .split(/^(?=## )/m)
      .filter((part) => part.startsWith('## '))
      .map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`]),
  );
}
