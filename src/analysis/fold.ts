import type { Finding } from '../model/finding.ts';
import { type PlanNode, preorder } from '../model/plan.ts';
import type { Rule } from './rule.ts';

/**
 * One cause, one finding: a scan for want of an index makes the loop around it dear, and the rows
 * wrong that are expected above. What a rule says that follows from another's finding, on the same
 * node or on one below, is told under that. `follows` leads in no circle: rules.test.ts.
 */
export function foldTogether(
  findings: readonly Finding[],
  rules: readonly Pick<Rule, 'id' | 'follows'>[],
  nodes: readonly PlanNode[],
): Finding[] {
  const follows = new Map(rules.map(({ id, follows = [] }) => [id, follows]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  // Of a plan of thousands of partitions there are as many findings.
  const ofRule = Map.groupBy(findings, ({ rule }) => rule);
  const causeOf = (each: Finding): Finding => {
    const causes = (follows.get(each.rule) ?? []).flatMap((rule) => ofRule.get(rule) ?? []);
    if (causes.length === 0) return each;
    const below = reached(each, byId);
    const cause = dearest(causes.filter(({ nodes }) => nodes.some((node) => below.has(node))));
    return cause ? causeOf(cause) : each;
  };
  const groups = Map.groupBy(findings, causeOf);
  return [...groups].map(([cause, group]) => together(cause, group));
}

const reached = ({ nodes: named }: Finding, byId: ReadonlyMap<number, PlanNode>): Set<number> =>
  new Set(
    named
      .flatMap((id) => byId.get(id) ?? [])
      .flatMap(preorder)
      .map(({ id }) => id),
  );

const dearest = (findings: readonly Finding[]): Finding | undefined =>
  findings.toSorted((a, b) => b.saves - a.saves)[0];

/** Who mends the cause saves what any of them would. */
function together(cause: Finding, group: readonly Finding[]): Finding {
  const also = group
    .filter((each) => each !== cause)
    .map(({ rule, message }) => ({ rule, message }));
  if (also.length === 0) return cause;
  const { saves, severity } = dearest(group) ?? cause;
  return { ...cause, saves, severity, also };
}
