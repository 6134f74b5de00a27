import { AppError } from '../../base/errors.ts';
import type { Actual, PlanNode, ServerWarning } from '../../model/plan.ts';
import { levelLimit } from '../bounds.ts';
import { numberNodes, type Reading, type Unread } from '../reading.ts';
import { spell } from '../spell.ts';
import { attribute, child, childrenOf, type Element, lineAt, readXml } from '../xml.ts';
import { type Operator, readOperator } from './operator.ts';
import { actualOf, counted, type Inclusive, numberIn, pagesOf } from './runtime.ts';
import { unknownOf } from './unknown.ts';
import { suggestedIndexes, warningsOf } from './warnings.ts';

/**
 * Showplan XML, estimated or actual → nodes of the common plan. Of a batch of several statements
 * the dearest is read. Expressions, which are nested deeply, are read as the text that is printed
 * of them.
 */
const xmlLevels = 8 * levelLimit;

/** Throws AppError: unparsable, too_large. */
export function readShowplan(text: string): Reading {
  const statements = plannedIn(readXml(documentOf(text), xmlLevels));
  const [dearest, ...others] = statements.toSorted((a, b) => costOf(b) - costOf(a));
  if (!dearest)
    throw new AppError('unparsable', 'no <QueryPlan> with a <RelOp>: the XML has no plan');
  return { ...readStatement(dearest), ...withOthers(dearest, others) };
}

/** What stands around the document, as the client that printed it has it, is none of it. */
function documentOf(text: string): string {
  const start = text.indexOf('<ShowPlanXML');
  const end = text.lastIndexOf(closing);
  if (start < 0) throw new AppError('unparsable', 'no <ShowPlanXML> in the text');
  const linesBefore = '\n'.repeat(lineAt(text, start) - 1);
  return linesBefore + text.slice(start, end < 0 ? undefined : end + closing.length);
}
const closing = '</ShowPlanXML>';

interface Planned {
  statement: Element;
  plan: Element;
}

/** Statements stand in batches, conditions and cursors; those without a plan do nothing. */
function plannedIn(top: Element): Planned[] {
  const found: Planned[] = [];
  const waiting = [{ element: top, statement: top }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { element } = next;
    const statement = element.name.startsWith('Stmt') ? element : next.statement;
    if (element.name === 'QueryPlan') {
      if (child(element, 'RelOp')) found.push({ statement, plan: element });
    } else
      for (const each of element.children.toReversed()) waiting.push({ element: each, statement });
  }
  return found;
}

const costOf = ({ statement, plan }: Planned): number =>
  elapsedOf(plan) ?? numberIn(statement, 'StatementSubTreeCost') ?? 0;

const elapsedOf = (plan: Element): number | undefined => {
  const times = child(plan, 'QueryTimeStats');
  return times && numberIn(times, 'ElapsedTime');
};

const withOthers = (dearest: Planned, others: readonly Planned[]): { unread?: Unread[] } => {
  const unread = [...unknownIn(dearest.plan), ...others.map(otherStatement)];
  return unread.length > 0 ? { unread } : {};
};

const otherStatement = ({ statement }: Planned): Unread => ({
  piece: `StatementId="${attribute(statement, 'StatementId')}"`,
  says: 'another statement of the batch: only the dearest is read',
});

const unknownIn = (plan: Element): Unread[] =>
  operatorsOf(plan).flatMap(({ operator: { node }, element }) => [
    ...(node.op === 'Unknown'
      ? [{ piece: `PhysicalOp="${attribute(element, 'PhysicalOp')}"` }]
      : []),
    ...unknownOf(element),
  ]);

function readStatement({ statement, plan }: Planned): Reading {
  const placed = operatorsOf(plan);
  const isActual = placed.some(({ element }) => child(element, 'RunTimeInformation'));
  if (isActual) addActuals(placed);
  const [root] = placed.map(({ operator: { node } }) => node);
  if (!root) throw new AppError('unparsable', 'the plan has no operator');
  numberNodes(root);
  const text = attribute(statement, 'StatementText');
  const planningMs = numberIn(plan, 'CompileTime');
  return {
    root,
    mode: isActual ? 'actual' : 'estimate',
    settings: settingsOf(statement, plan),
    unknownNodes: placed.filter(({ operator: { node } }) => node.op === 'Unknown').length,
    ...(planningMs === undefined ? {} : { planningMs }),
    ...(text === undefined ? {} : { queryText: spell(text) }),
    suggestedIndexes: suggestedIndexes(plan),
    warnings: [
      ...warningsOf(plan).map((each): ServerWarning => ({ ...each, node: 0 })),
      ...placed.flatMap(({ operator: { node, warnings } }) =>
        warnings.map((each): ServerWarning => ({ ...each, node: node.id })),
      ),
    ],
  };
}

interface Placed {
  element: Element;
  operator: Operator;
  /** Places of those right below, in the order of the plan. */
  inputs: number[];
  /** It is below the inner side of a nested loop. */
  repeated: boolean;
  depth: number;
}

/** Parents before those below them. Throws AppError('too_large'). */
function operatorsOf(plan: Element): Placed[] {
  const placed: Placed[] = [];
  const waiting: { element: Element; parent: number; side: number }[] = childrenOf(plan, 'RelOp')
    .slice(0, 1)
    .map((element) => ({ element, parent: -1, side: 0 }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { element, parent, side } = next;
    const above = placed[parent];
    const operator = readOperator(element);
    const isInner = above?.operator.node.op === 'NestedLoop' && side > 0;
    const at = placed.push({
      element,
      operator,
      inputs: [],
      repeated: isInner || above?.repeated === true,
      depth: (above?.depth ?? 0) + 1,
    });
    if ((above?.depth ?? 0) >= levelLimit)
      throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
    if (above) putBelow(above.operator.node, operator.node, side, isInner);
    above?.inputs.push(at - 1);
    const { inputs } = operator;
    for (let i = inputs.length - 1; i >= 0; i -= 1)
      waiting.push({ element: inputs[i] as Element, parent: at - 1, side: i });
  }
  return placed;
}

function putBelow(above: PlanNode, node: PlanNode, side: number, isInner: boolean): void {
  above.children.push(node);
  // The first side of a hash join is the one that is hashed.
  const isSecond = above.op === 'HashJoin' ? side === 0 : side > 0;
  node.parentRelation = above.op === 'Append' ? 'member' : isSecond ? 'inner' : 'outer';
  if (isInner) node.ext['executions'] ??= 1;
}

/** From the last to the first: of a node, what is below it is known. */
function addActuals(placed: readonly Placed[]): void {
  const known: (Inclusive & { act: Actual })[] = [];
  for (let at = placed.length - 1; at >= 0; at -= 1) {
    const { element, operator, inputs, repeated } = placed[at] as Placed;
    const below = inputs.flatMap((each) => known[each] ?? []);
    const { act, inclusive } = actualOf(counted(element), below, repeated);
    known[at] = { ...inclusive, act };
    operator.node.act = act;
    if (inclusive.logical > 0) operator.node.io = pagesOf(inclusive);
    const { spilledPages } = operator;
    if (spilledPages === undefined) continue;
    act.sortOnDisk = true;
    if (spilledPages > 0) act.sortSpaceKb = spilledPages * pageKb;
  }
}
const pageKb = 8;

/** Words and numbers of the server's own. */
function settingsOf(statement: Element, plan: Element): Record<string, string> {
  const told: [string, string | undefined][] = [
    ['DegreeOfParallelism', attribute(plan, 'DegreeOfParallelism')],
    ['NonParallelPlanReason', attribute(plan, 'NonParallelPlanReason')],
    ...['CardinalityEstimationModelVersion', 'StatementOptmEarlyAbortReason'].map(
      (name): [string, string | undefined] => [name, attribute(statement, name)],
    ),
  ];
  return Object.fromEntries(
    told.flatMap(([name, value]) =>
      value !== undefined && /^[A-Za-z0-9 ]{1,60}$/.test(value) ? [[name, value]] : [],
    ),
  );
}

/** Nobody else has that element. */
export const sniffShowplan = (text: string): number => (/<ShowPlanXML[\s>]/.test(text) ? 1 : 0);
