import type { Plan, PlanNode, Predicate } from '../../src/model/plan.ts';
import { milliseconds, percent, round } from '../../src/render/figures.ts';
import type { Model } from './model.ts';

/** All that is known of a node, as it stands in its drawer and in what is copied. */
export interface Fact {
  label: string;
  text: string;
  /** It is an expression of the statement. */
  code?: boolean;
}

/** `rowsRead` → `rows read`; words of a server stay as they are. */
const wordsOf = (key: string) =>
  /^[a-z]+(?:[A-Z][a-z]+)+$/.test(key)
    ? key.replace(/[A-Z]/g, (each) => ` ${each.toLowerCase()}`)
    : key;

type Maybe = [label: string, text: string | number | undefined | false, code?: boolean];

const told = (facts: readonly Maybe[]): Fact[] =>
  facts.flatMap(([label, text, code]) =>
    text === undefined || text === false || text === '' || text === 0
      ? []
      : [{ label, text: typeof text === 'number' ? round(text) : text, ...(code ? { code } : {}) }],
  );

export function factsOf({ plan, tree, inclusive }: Model, at: number): Fact[] {
  const node = tree.nodes[at] as PlanNode;
  return [
    ...told(figures(node, plan, inclusive[at] ?? 0)),
    ...told(whatItReads(node)),
    ...expressions(node),
    ...told(work(node)),
    // Most counters of a server are nothing at most nodes.
    ...Object.entries(node.ext).flatMap(([label, value]) =>
      value ? [{ label: wordsOf(label), text: value === true ? 'yes' : round(value) }] : [],
    ),
  ];
}

function figures(node: PlanNode, { lossiness }: Plan, inclusive: number): Maybe[] {
  const { est, act, derived } = node;
  const { timeShare, exclusiveMs, costShare, exclusiveCost, rowsTotal, qError } = derived;
  const costs = !lossiness.includes('no_costs');
  return [
    [
      'of its own',
      timeShare === undefined
        ? `${percent(costShare)}${costs ? ` · cost ${round(exclusiveCost)}` : ' of the rows read'}`
        : `${percent(timeShare)} · ${milliseconds(exclusiveMs ?? 0)}`,
    ],
    ['with all below', percent(Math.min(1, inclusive))],
    ['rows', act && (act.loops > 1 ? `${round(act.rows)} a loop` : round(act.rows))],
    ['rows in all', act && act.loops > 1 && rowsTotal],
    ['rows expected', `${round(est.rows)}${act && act.loops > 1 ? ' a loop' : ''}`],
    ['estimate off', qError && qError >= 2 && `×${round(qError)}`],
    ['loops', act && act.loops === 0 ? 'never executed' : act?.loops],
    [
      'time a loop',
      act && `${milliseconds(act.totalMs)}, first row ${milliseconds(act.startupMs)}`,
    ],
    [
      'cost',
      costs && est.totalCost > 0 && `${round(est.totalCost)}, first row ${round(est.startupCost)}`,
    ],
    ['width', est.width > 0 && `${round(est.width)} bytes a row`],
    ['passes conditions', est.filteredPct !== undefined && `${round(est.filteredPct)}%`],
  ];
}

const whatItReads = ({ nativeOp, relation, index, join, ...node }: PlanNode): Maybe[] => [
  ['the server calls it', nativeOp],
  [
    'table',
    relation &&
      [relation.schema, relation.name].filter(Boolean).join('.') +
        (relation.alias && relation.alias !== relation.name ? ` as ${relation.alias}` : ''),
  ],
  [
    'index',
    index && `${index.name}, ${accesses[index.access]}${index.backward ? ', backward' : ''}`,
  ],
  ['join', join && join.type + (join.buffered ? ', buffered' : '')],
  ['sort by', node.sort?.keys.join(', '), true],
  ['sorted already', node.sort?.presorted?.join(', '), true],
  ['group', node.group && [node.group.strategy, node.group.phase].filter(Boolean).join(', ')],
  ['group by', node.group?.keys.join(', '), true],
  ['is the plan of', node.subplanName],
  ['to its parent', node.parentRelation],
];
const accesses = { seek: 'by its keys', full: 'whole', covering: 'alone', bitmap: 'to a bitmap' };

const expressions = ({ predicates, join }: PlanNode): Fact[] =>
  (
    [
      ['index condition', predicates.index],
      ['filter', predicates.filter],
      ['checked again', predicates.recheck],
      ['join condition', join?.condition ?? []],
      ['join filter', predicates.joinFilter],
    ] as const
  ).flatMap(([label, list]: readonly [string, readonly Predicate[]]) =>
    list.map(({ text }) => ({ label, text, code: true })),
  );

function work({ act, io, workers, parallelAware }: PlanNode): Maybe[] {
  return [
    ['dropped by filter', act?.rowsRemovedByFilter],
    ['dropped when checked', act?.rowsRemovedByRecheck],
    ['visits to the table', act?.heapFetches],
    ['exact pages', act?.exactBlocks],
    ['lossy pages', act?.lossyBlocks],
    [
      'sort space',
      act?.sortSpaceKb &&
        `${round(act.sortSpaceKb)} kB ${act.sortOnDisk ? 'on disk' : 'in memory'}`,
    ],
    ['hash batches', act?.hashBatches],
    ['pages found', io?.hit],
    ['pages read', io?.read],
    ['pages dirtied', io?.dirtied],
    ['pages written', io?.written],
    [
      'temporary pages',
      io &&
        io.tempRead + io.tempWritten > 0 &&
        `${round(io.tempRead)} read, ${round(io.tempWritten)} written`,
    ],
    ['workers', workers && `${workers.launched ?? '?'} of ${workers.planned}`],
    ['parallel', parallelAware && 'its work is shared by workers'],
  ];
}
