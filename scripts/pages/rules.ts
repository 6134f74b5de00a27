import type { Need, Rule, Threshold } from '../../src/analysis/rule.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import { engineNames } from '../../src/model/engine-name.ts';
import { page, table, wrap } from './markdown.ts';

/** docs/rules.md: what every rule teaches, how bad it is, and the numbers that it compares with. */
export const ruleDocs = (): string =>
  page(
    'Findings',
    wrap(
      'Each rule looks at one plan, what the server counted for the statement, and its tables. ' +
        '`dbintel analyse PLAN.json` asks them about plans in files, without any server. A rule ' +
        'can be muted: `spec.findings.mute: [{ rule: large-offset, fingerprint: "…" }]`.',
    ),
    table(
      ['rule', 'severity', 'engines', 'looks, besides the plan, at'],
      rules.map((rule) => [
        `[${rule.id}](#${rule.id})`,
        rule.severity,
        enginesOf(rule),
        needsOf(rule),
      ]),
    ),
    ...rules.map(section),
  );

function section({ id, title, why, fix, severity, thresholds, examples }: Rule): string {
  const cases = (finds: boolean) =>
    examples.flatMap((each) => (each.finds === finds ? [each.name] : [])).join('; ');
  return [
    `## ${id}`,
    wrap(`${title}. (${severity})`),
    wrap(`**Why it matters.** ${why}`),
    wrap(`**What to do.** ${fix}`),
    ...limits(Object.entries(thresholds)),
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

/** `leastOuterRows` → `least outer rows`. */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const figure = ({ value, unit }: Threshold) =>
  unit.startsWith('of ')
    ? `${Math.round(value * 100)} % ${unit}`
    : `${value.toLocaleString('en-US')} ${unit}`;

const enginesOf = ({ engines }: Rule) => {
  const named = engineNames.filter((engine) => engines[engine]);
  return named.length === engineNames.length
    ? 'all'
    : named.map((engine) => dialectOf(engine).label).join(', ');
};

const needWords: Record<Need, string> = {
  tables: 'tables',
  counters: 'the server’s counters',
  shape: 'the statement’s text',
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
