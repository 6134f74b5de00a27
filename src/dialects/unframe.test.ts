import { describe, expect, it } from 'vitest';
import { processorTime } from '../../test/support/pace.ts';
import { unframe } from './unframe.ts';

const rows = ['Limit  (cost=0.00..1.00 rows=1 width=4)', '  ->  Seq Scan on t'];
const plan = rows.join('\n');
const json = '[\n  {\n    "Plan": "x"\n  }\n]';
const boxed = (lines: readonly string[]) => lines.map((line) => `| ${line.padEnd(40)} |`);

const frames: [string, string, string][] = [
  ['nothing around it', plan, plan],
  ['Windows’ line ends and a mark of the byte order', `\uFEFF${rows.join('\r\n')}`, plan],
  [
    'psql',
    [' QUERY PLAN ', '------------', ...rows.map((row) => ` ${row}`), '(2 rows)', ''].join('\n'),
    `${plan}\n`,
  ],
  [
    'psql, JSON in one cell',
    [
      '      QUERY PLAN      ',
      '----------------------',
      ...json.split('\n').map((line, i) => (i < 4 ? ` ${line.padEnd(20)}+` : ` ${line}`)),
      '(1 row)',
    ].join('\n'),
    `${json}\n`,
  ],
  [
    'psql with a border',
    ['+---+', '| QUERY PLAN |', '+---+', ...boxed(rows), '+---+', '(2 rows)'].join('\n'),
    plan,
  ],
  [
    'psql’s \\x',
    rows.map((row, i) => `-[ RECORD ${i + 1} ]---\nQUERY PLAN | ${row}`).join('\n'),
    plan,
  ],
  [
    'psql -H',
    [
      '<table border="1">',
      '  <tr>',
      '    <th align="center">QUERY PLAN</th>',
      '  </tr>',
      ...rows.map(
        (row) =>
          '  <tr valign="top">\n    <td align="left">' +
          `${row.replace('  -', '&nbsp; -').replace('>', '&gt;')}</td>\n  </tr>`,
      ),
      '</table>',
      '<p>(2 rows)<br />',
      '</p>',
    ].join('\n'),
    plan,
  ],
  [
    'psql -H, JSON in one cell',
    '<table border="1">\n  <tr>\n    <th align="center">QUERY PLAN</th>\n  </tr>\n' +
      '  <tr valign="top">\n    <td align="left">' +
      `${json.replaceAll('"', '&quot;').replaceAll('\n', '<br />\n')}</td>\n  </tr>\n</table>`,
    json,
  ],
  [
    'mysql -H',
    '<TABLE BORDER=1><TR><TH>EXPLAIN</TH></TR><TR><TD>-&gt; Limit: 1 row(s)\n' +
      '    -&gt; Filter: (a &lt; 3)\n</TD></TR></TABLE>',
    '-> Limit: 1 row(s)\n    -> Filter: (a < 3)\n',
  ],
  ['rows of a table without its lines', boxed(rows).join('\n'), plan],
  ['a table in Markdown', ['| QUERY PLAN |', '|---|', ...boxed(rows)].join('\n'), plan],
  ['quoted lines', rows.map((row) => `"${row}"`).join('\n'), plan],
  ['a quoted cell', `"${json.replaceAll('"', '""')}"`, json],
  ['CSV with its header', `QUERY PLAN\n${rows.map((row) => `"${row}"`).join('\n')}`, plan],
  [
    'auto_explain in a log',
    `2026-01-02 03:04:05 UTC [7] LOG:  duration: 12.5 ms  plan:\n\tQuery Text: select 1\n${rows
      .map((row) => `\t${row}`)
      .join('\n')}\n2026-01-02 03:04:06 UTC [7] LOG:  disconnection`,
    `Query Text: select 1\n${plan}`,
  ],
  [
    'auto_explain without the log’s tabs',
    `LOG:  duration: 12.5 ms  plan:\n${plan}\n2026-01-02 03:04:06 UTC [7] LOG:  disconnection`,
    plan,
  ],
  [
    'the MySQL client’s box',
    `+---+\n| EXPLAIN |\n+---+\n| -> Limit: 1 row(s)\n    -> Table scan on t\n |\n+---+`,
    '-> Limit: 1 row(s)\n    -> Table scan on t\n',
  ],
  ['mysql without a box', 'EXPLAIN\n-> Limit: 1 row(s)', '-> Limit: 1 row(s)'],
  [
    'the MySQL client’s \\G',
    `************* 1. row *************\nEXPLAIN: ${json}\n1 row in set (0.01 sec)\n`,
    `${json}\n`,
  ],
  ['a mail', rows.map((row) => `> > ${row}`).join('\n'), plan],
  ['a comment of SQL', ['', ...rows.map((row) => `-- ${row}`), ''].join('\n'), `\n${plan}\n`],
  [
    'a log whose every line has the time',
    rows.map((row, i) => `2026-01-02T03:04:05.${'6'.repeat(9 - i)}Z ${row}`).join('\n'),
    plan,
  ],
  [
    'auto_explain in a log with a prefix before every line, of a container',
    ['LOG:  duration: 12.5 ms  plan:', ...rows.map((row) => `\t${row}`)]
      .map((line) => `db-1  | 2026-01-02 03:04:05.678 UTC [7] ${line}`)
      .join('\n'),
    plan,
  ],
];

describe('unframe', () => {
  it.each(frames)('%s', (_, framed, wanted) => {
    expect(
      unframe(framed)
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(wanted.split('\n').map((line) => line.trimEnd()));
  });
  it('leaves a table of many columns as it is', () => {
    const table =
      '+----+-------------+\n| id | select_type |\n+----+-------------+\n| 1 | SIMPLE |';
    expect(unframe(table)).toBe(table);
    expect(unframe('*** 1. row ***\n id: 1')).toBe('*** 1. row ***\n id: 1');
  });
  it('leaves what begins not every line', () => {
    const some = ['> Limit  (cost=0.00..1.00 rows=1 width=4)', '  ->  Seq Scan on t'].join('\n');
    expect(unframe(some)).toBe(some);
    const table = 'id | select_type | table\n1 | SIMPLE | t';
    expect(unframe(table)).toBe(table);
  });
  it('changes no plan that it has taken out', () => {
    for (const [, framed] of frames) expect(unframe(unframe(framed))).toBe(unframe(framed));
  });
});

it.each([
  ['cells that are not closed', `<table>${'<td '.repeat(30_000)}`],
  ['breaks that are not closed', `<table><td>${'<br '.repeat(30_000)}</td>`],
])('thirty thousand %s take a moment: by their square it was three to nine seconds', (_, text) => {
  expect(processorTime(() => unframe(text))).toBeLessThan(1_000);
});

it('a hundred thousand empty lines take a moment: by their square it was five seconds', () => {
  const text = `QUERY PLAN\n---\nx${'\n'.repeat(100_000)}x`;
  expect(processorTime(() => unframe(text))).toBeLessThan(4_000);
});
