import type { Examined, Unasked } from '../analysis/examine.ts';
import { formatCost, formatMs, formatPercent } from '../base/quantity.ts';
import { dialectOf } from '../dialects/index.ts';
import { bottlenecks } from '../model/bottlenecks.ts';
import { describeDiff, diffPlans } from '../model/diff.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { ReadingRemark } from '../model/reading-remark.ts';
import { type Colour, renderTable, terminal } from './terminal.ts';

/** A plan as a person reads it: whose it is, what it costs, where, and what is wrong with it. */
export function examinedLines(name: string, examined: Examined, width: number): string[] {
  const { plan, findings, unasked } = examined;
  const what = plan.mode === 'actual' ? 'with actual figures' : 'estimates only';
  return [
    `${terminal.paint(name, 'bold')}  ${dialectOf(plan.engine).label}, ${what}`,
    `  ${totalsLine(plan)}`,
    `  ${plan.hash.shape}`,
    '',
    indent(heaviestNodes(plan, width - 2)),
    '',
    ...(findings.length ? findings.flatMap(findingLines) : ['  no findings']),
    ...unaskedLines(unasked),
  ];
}

export function differenceLines(
  before: { file: string; plan: Plan },
  after: { file: string; plan: Plan },
): string[] {
  const diff = diffPlans(before.plan, after.plan);
  const [was, is] = [before, after].map(({ plan }) => formatCost(plan.totals.estCost));
  const cost = `cost ${was} → ${is}`;
  return [
    terminal.paint(`${before.file} → ${after.file}`, 'bold'),
    `  ${describeDiff(diff)}; ${cost}`,
  ];
}

function totalsLine({ totals, dominantOp, lossiness }: Plan): string {
  const { estCost, estRows, actualMs, planningMs, nodes, depth } = totals;
  return [
    ...(actualMs === undefined ? [] : [`${formatMs(actualMs)} to run`]),
    ...(planningMs === undefined ? [] : [`${formatMs(planningMs)} to plan`]),
    ...(lossiness.includes('no_costs') ? [] : [`cost ${formatCost(estCost)}`]),
    `${counted(estRows, 'row')} expected`,
    `${counted(nodes, 'node')}, ${depth} deep`,
    `mostly ${dominantOp}`,
  ].join(' · ');
}

/** What of the text was not understood, with its lines. */
export const remarkLines = (remarks: readonly ReadingRemark[]): string[] =>
  remarks.map(({ line, text }) => terminal.paint(`  line ${line} not understood: ${text}`, 'dim'));

/** By their share the most that there can be is twenty; a person reads the first. */
const mostNodes = 8;

function heaviestNodes(plan: Plan, width: number): string {
  const timed = plan.root.derived.timeShare !== undefined;
  return renderTable(
    bottlenecks(plan).slice(0, mostNodes),
    [
      {
        title: timed ? 'TIME' : 'COST',
        align: 'right',
        value: ({ share }) => formatPercent(share),
      },
      { title: 'NODE', value: ({ node: { id, nativeOp } }) => `${id} ${nativeOp}` },
      { title: 'OF', value: ({ node }) => relationOf(node) },
      {
        title: 'ROWS',
        align: 'right',
        value: ({ node: { est, act } }) => formatCost((act ?? est).rows),
      },
      { title: 'CONDITION', least: 20, value: ({ node }) => conditionOf(node) },
    ],
    width,
  );
}

const relationOf = ({ relation, index, subplanName = '–' }: PlanNode) =>
  [relation?.name, index && `by ${index.name}`].filter(Boolean).join(' ') || subplanName;

const conditionOf = ({ predicates, join }: PlanNode) =>
  [...predicates.index, ...predicates.filter, ...(join?.condition ?? [])]
    .map(({ text }) => text)
    .join(' and ') || '–';

const severityColours: Record<Severity, Colour> = {
  critical: 'red',
  warning: 'yellow',
  info: 'dim',
};
const findingLines = ({ severity, rule, message, fix, nodes, saves, also = [] }: Finding) => [
  `  ${terminal.paint(severity.padEnd(8), severityColours[severity])} ${rule}: ${message}`,
  `           node ${nodes.join(', ')}, up to ${formatPercent(saves)} of its work; ${fix}`,
  ...also.map((each) => `           with it: ${each.rule}: ${each.message}`),
];

/** docs/rules.md says what each has to know. */
const unaskedLines = (unasked: readonly Unasked[]): string[] =>
  unasked.length === 0
    ? []
    : [
        terminal.paint(
          `  ${counted(unasked.length, 'rule')} not asked: they need tables, counters, text ` +
            'or actual figures; --json names them',
          'dim',
        ),
      ];

const counted = (count: number, what: string) =>
  formatCost(count) === '1' ? `1 ${what}` : `${formatCost(count)} ${what}s`;
const indent = (text: string) => text.replace(/^/gm, '  ');
