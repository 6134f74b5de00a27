import { preorder } from '../../src/model/plan.ts';
import { type CaseResult, judgedIn } from './result.ts';
import { standingOf, verdictOf } from './verdict.ts';

/** What went wrong case by case, for people who mend rules, or cases. */
export function listing(results: readonly CaseResult[], withPlans: boolean): string[] {
  return results.flatMap((result) => {
    const what = whatIsWrong(result);
    return what || withPlans ? [entry(result, what ?? 'right', withPlans)] : [];
  });
}

function whatIsWrong(result: CaseResult): string | undefined {
  const standing = standingOf(result);
  if (standing !== 'scored') return standing;
  const { found, alarms } = verdictOf(result);
  if (result.label.kind === 'defect' && !found) return 'missed';
  return alarms.length ? 'false alarm' : undefined;
}

function entry(result: CaseResult, what: string, withPlan: boolean): string {
  const { server, world, case: id, label, cost, call, outcome } = result;
  const wanted =
    label.kind === 'healthy'
      ? 'healthy'
      : `wants ${label.rules.join(' or ')}${label.table ? ` of ${label.table}` : ''}`;
  const ratios = cost
    ? `, costs ${times(cost.time)} the time, ${times(cost.looked)} the pages or rows` +
      `${cost.calls > 1 ? `, ${times(cost.calls)} the calls` : ''}`
    : '';
  const facts = outcome.kind === 'explained' && withPlan ? planLines(outcome) : [];
  return [
    `${what.toUpperCase()}: ${server} ${world} ${id}: ${wanted}${ratios}`,
    `    ${oneLine(call)}`,
    ...outcomeLines(outcome),
    ...facts,
  ].join('\n');
}

const times = (ratio: number) => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
const longest = 300;
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, longest);

function outcomeLines(outcome: CaseResult['outcome']): string[] {
  const told = (judgedIn(outcome)?.findings ?? []).flatMap(({ rule, message, fix, also = [] }) => [
    `    said ${rule}: ${message}`,
    ...also.map((each) => `      also ${each.rule}: ${each.message}`),
    `      fix: ${oneLine(fix)}`,
  ]);
  switch (outcome.kind) {
    case 'explained':
      return told;
    case 'refused':
      return [
        `    no plan: ${outcome.code}${outcome.detail ? ` (${outcome.detail})` : ''}`,
        ...told,
      ];
    case 'unseen':
      return ['    not chosen by the product'];
    case 'broken':
      return [`    ${outcome.message}`];
  }
}

function planLines({ plan, context }: Extract<CaseResult['outcome'], { kind: 'explained' }>) {
  const nodes = preorder(plan.root).map(
    ({ op, relation, est, predicates }) =>
      `    plan ${op} ${relation?.name ?? ''} rows ${est.rows} ${JSON.stringify(predicates)}`,
  );
  const { stats, settings } = context;
  return [
    ...nodes,
    `    stats ${JSON.stringify({ ...stats, timeShare: context.timeShare })}`,
    `    shape ${JSON.stringify(context.shape)}`,
    ...context.facts.map((facts) => `    facts ${JSON.stringify(facts)}`),
    ...(settings ? [`    settings ${JSON.stringify(settings)}`] : []),
  ];
}
