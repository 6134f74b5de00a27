import { rules } from '../../src/analysis/rules/index.ts';
import type { Category } from '../../src/model/finding.ts';
import { type CaseResult, serverNames } from './result.ts';
import { f1Of, groups, precisionOf, recallOf, type Score, scoreOf, type Tally } from './score.ts';

/** Scores as tables, in Markdown that is also read in a terminal. */
const categories = new Map(rules.map(({ id, category }) => [id, category]));

/** A label may name a rule that there is not yet: nobody alarms by it. */
export const categoryOfRule = (rule: string): Category => categories.get(rule) ?? 'statement';
export const score = (results: readonly CaseResult[]): Score => scoreOf(results, categoryOfRule);

const share = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(2));
const percent = (part: number, whole: number) =>
  whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–';

const figures = (tally: Tally): string[] => [
  `${tally.found} of ${tally.cases}`,
  String(tally.alarms),
  share(precisionOf(tally)),
  share(recallOf(tally)),
  share(f1Of(tally)),
];
const head = ['found', 'false alarms', 'precision', 'recall', 'F1'];

export function byServer(results: readonly CaseResult[]): string {
  const rows = serverNames.flatMap((server) => {
    const own = results.filter((each) => each.server === server);
    if (own.length === 0) return [];
    const { byGroup, macroF1, macroF1OfDefects, healthy } = score(own);
    return [
      [
        server,
        ...groups.map((group) => share(f1Of(byGroup[group]))),
        `**${macroF1.toFixed(2)}**`,
        macroF1OfDefects.toFixed(2),
        `${healthy.alarmed} of ${healthy.cases} (${percent(healthy.alarmed, healthy.cases)})`,
      ],
    ];
  });
  return table(['server', ...groups, 'macro-F1', 'over kinds', 'healthy statements alarmed'], rows);
}

export const byGroup = (results: readonly CaseResult[]): string =>
  table(
    ['server', 'category', ...head],
    serverNames.flatMap((server) => {
      const own = results.filter((each) => each.server === server);
      const { byGroup: tallies } = score(own);
      return own.length === 0
        ? []
        : groups.map((group) => [server, group, ...figures(tallies[group])]);
    }),
  );

export const byRule = (results: readonly CaseResult[]): string =>
  tallied('rule', score(results).byRule);
export const byDefect = (results: readonly CaseResult[]): string =>
  tallied('defect', score(results).byDefect);

const tallied = (name: string, tallies: Readonly<Record<string, Tally>>) =>
  table(
    [name, ...head],
    Object.entries(tallies)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, tally]) => [key, ...figures(tally)]),
  );

export const counted = (results: readonly CaseResult[]): string =>
  table(
    ['server', 'defects', 'healthy', 'no plan', 'cost nothing', 'healthy without plan', 'broken'],
    serverNames.flatMap((server) => {
      const own = results.filter((each) => each.server === server);
      if (own.length === 0) return [];
      const { byGroup: tallies, healthy, leftOut, withoutPlan } = score(own);
      const defects = Object.values(tallies).reduce((sum, { cases }) => sum + cases, 0);
      const { noDefect, notCollected, broken } = leftOut;
      return [
        [
          server,
          ...[defects, healthy.cases, withoutPlan, noDefect, notCollected, broken].map(String),
        ],
      ];
    }),
  );

export function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = names.map((name, i) =>
    Math.max(3, name.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [
    line(names),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.map(line),
  ].join('\n');
}
