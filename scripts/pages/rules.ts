import {
  leastCall_ms,
  leastCritical,
  leastShare,
  leastWarning,
} from '../../src/analysis/analyse.ts';
import type { Need, Rule, Threshold } from '../../src/analysis/rule.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import { engineNames } from '../../src/model/engine-name.ts';
import { page, table, wrap } from './markdown.ts';

/** docs/rules.md: what every rule teaches, and the numbers that it compares with. */
const levels: [string, Threshold][] = [
  ['critical from', leastCritical],
  ['warning from', leastWarning],
  ['not told below', leastShare],
  ['and below', leastCall_ms],
];

export const ruleDocs = (): string =>
  page(
    'Findings',
    wrap(
      'Each rule looks at one plan, what the server counted for the statement, and its tables. ' +
        '`dbintel analyse PLAN` asks them about plans in files, without any server. A rule ' +
        'can be muted: `spec.findings.mute: [{ rule: large-offset, fingerprint: "…" }]`.',
    ),
    wrap(
      'Where the server gives no plan of a statement that writes (the account may not write, ' +
        'its text was lost), rules that need none still look at the tables that its text names: ' +
        `${rules
          .filter(({ unplanned }) => unplanned)
          .map(linked)
          .join(', ')}.`,
    ),
    wrap(
      'How bad a finding is follows from what mending it could save: the statement’s share of ' +
        'the database’s time, times the share of the statement’s work that the finding is about. ' +
        'What has one cause is told as one finding.',
    ),
    table(
      ['', 'limit', 'because'],
      levels.map(([name, each]) => [name, figure(each), each.why]),
    ),
    table(
      ['rule', 'category', 'engines', 'looks, besides the plan, at'],
      rules.map((rule) => [linked(rule), rule.category, enginesOf(rule), needsOf(rule)]),
    ),
    ...rules.map(section),
  );

const linked = ({ id }: Rule) => `[${id}](#${id})`;

function section({ id, title, why, fix, category, thresholds, examples, ...rule }: Rule): string {
  const cases = (finds: boolean) =>
    examples.flatMap((each) => (each.finds === finds ? [each.name] : [])).join('; ');
  return [
    `## ${id}`,
    wrap(`${title}. (${category})`),
    wrap(`**Why it matters.** ${why}`),
    wrap(`**What to do.** ${fix}`),
    ...limits(Object.entries(thresholds)),
    ...together(rule),
    wrap(`**Found:** ${cases(true)}. **Left alone:** ${cases(false)}.`),
  ].join('\n\n');
}

const limits = (all: [string, Threshold][]): string[] =>
  all.length === 0
    ? []
    : [
        table(
          ['limit', '', 'because'],
          all.map(([name, each]) => [words(name), figure(each), each.why]),
        ),
      ];

const together = ({ follows = [] }: Pick<Rule, 'follows'>): string[] =>
  follows.length === 0
    ? []
    : [
        wrap(
          `**Told with** ${follows.map((id) => `[${id}](#${id})`).join(', ')}, ` +
            'where that is its cause.',
        ),
      ];

/** `leastOuterRows` → `least outer rows`. */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const figure = ({ value, unit }: Threshold) =>
  unit.startsWith('of ')
    ? `${Number((value * 100).toPrecision(2))} % ${unit}`
    : `${value.toLocaleString('en-US')} ${unit}`;

const enginesOf = ({ engines, readOnly = [] }: Rule) => {
  const named = engineNames.filter((engine) => engines[engine]);
  return named.length === engineNames.length
    ? ['all', ...readOnly.map((each) => dialectOf(each).label)].join(', ')
    : [...named, ...readOnly].map((each) => dialectOf(each).label).join(', ');
};

const needWords: Record<Need, string> = {
  tables: 'tables',
  counters: 'the server’s counters',
  shape: 'the statement’s text',
  settings: 'the server’s settings',
  previous: 'the plan before',
};

function needsOf({ needs: { estimate, actual } }: Rule): string {
  const list = (needs: readonly Need[]) =>
    needs.map((need) => needWords[need]).join(', ') || 'nothing';
  if (!estimate) return `${list(actual ?? [])}; only plans with actual figures`;
  return actual && list(actual) !== list(estimate)
    ? `${list(estimate)}; with actual figures: ${list(actual)}`
    : list(estimate);
}
