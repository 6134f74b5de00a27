import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import type { PartitionedTable, TableFacts } from '../../model/statistics.ts';
import { compared, node, seqScan, table } from '../examples.ts';
import { count, type Rule, type RuleContext, tableOf, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastPartitions = threshold(
  4,
  'partitions read',
  'of fewer there is little that could be left out',
);
const mostRead = threshold(
  0.9,
  'of the partitions',
  'where one in ten is left out, the server prunes, and the rest may be asked for',
);

const logs: PartitionedTable = {
  schema: 'public',
  name: 'logs',
  strategy: 'range',
  keys: ['at'],
  partitions: 12,
};
const parts = Array.from({ length: 12 }, (_, i) =>
  table(`logs_${i}`, 40_000, { partitionOf: logs }),
);
const member = (child: object) => ({ 'Parent Relationship': 'Member', ...child });
const append = (read: number, filter: string) =>
  node(
    'Append',
    { rows: 40, cost: 900 * read },
    parts.slice(0, read).map(({ name }) => member(seqScan(name, { filter, rows: 4, cost: 900 }))),
  );
const wrapped = {
  relations: [{ name: 'logs' }],
  comparisons: [compared('at', { cast: 'date', wrapped: 'cast' as const })],
};

export const partitionPruningPrevented: Rule = {
  id: 'partition-pruning-prevented',
  title: 'All partitions are read, for their key is not asked for as it is',
  category: 'statement',
  why:
    'Partitions are left out by a condition on the bare key. Inside a function or a cast, or not ' +
    'asked for at all, every one of them is planned, locked and read, and the more the longer.',
  fix:
    'Compare the key itself, a range instead of a part of a date; where the statement knows it, ' +
    'ask for the key besides.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastPartitions, mostRead },
  examples: [
    {
      name: 'a cast of the key',
      finds: true,
      plan: append(12, '((at)::date = $1)'),
      shape: wrapped,
      facts: parts,
    },
    {
      name: 'the key is asked for: pruned when the statement runs',
      finds: false,
      plan: append(12, '(at >= $1)'),
      shape: { comparisons: [compared('at', { operator: '>=' })] },
      facts: parts,
    },
    {
      name: 'pruned',
      finds: false,
      plan: append(1, '((at)::date = $1)'),
      shape: wrapped,
      facts: parts,
    },
    {
      name: 'the key is not asked for',
      finds: true,
      plan: append(12, '(source = $1)'),
      shape: { filtered: true, comparisons: [compared('source')] },
      facts: parts,
    },
    {
      name: 'no condition: all are wanted',
      finds: false,
      plan: append(12, '(level IS NOT NULL)'),
      shape: {},
      facts: parts,
    },
  ],
  check: (plan, context) => {
    const { shape } = context;
    if (!shape) return [];
    return [...partitionsRead(plan, context)].flatMap(([name, { of, nodes, read }]) => {
      if (read < leastPartitions.value || read < of.partitions * mostRead.value) return [];
      const why = whyAll(of, shape);
      if (!why) return [];
      return [
        {
          message: `${name}: all ${count(of.partitions)} partitions are read, since ${why}`,
          nodes: nodes.map(({ id }) => id),
          saves: shareBelow(...nodes) * (1 - 1 / of.partitions),
        },
      ];
    });
  },
};

interface Read {
  of: PartitionedTable;
  nodes: PlanNode[];
  read: number;
}

function partitionsRead({ root }: Plan, context: RuleContext): Map<string, Read> {
  const found = new Map<string, Read>();
  const seen = new Set<TableFacts>();
  for (const node of preorder(root)) {
    const facts = tableOf(node, context);
    if (!facts?.partitionOf || node.op === 'Modify') continue;
    const { partitionOf: of } = facts;
    const name = `${of.schema}.${of.name}`;
    const known = found.get(name) ?? { of, nodes: [], read: 0 };
    // MySQL and MariaDB read all of a table's partitions in one node.
    const told = node.ext['partitions'];
    const more = typeof told === 'number' ? told : seen.has(facts) ? 0 : 1;
    seen.add(facts);
    found.set(name, {
      of,
      nodes: [...known.nodes, node],
      read: Math.max(known.read, told ? more : known.read + more),
    });
  }
  return found;
}

/** Why no partition could be left out; undefined: the key is asked for, or nothing is. */
function whyAll({ keys }: PartitionedTable, shape: QueryShape): string | undefined {
  const { comparisons, filtered } = shape;
  const own = comparisons.filter(({ column }) => keys.includes(column));
  if (own.length === 0)
    return filtered && comparisons.some(({ with: other }) => other === 'value')
      ? `${keys.join(', ')} is not asked for`
      : undefined;
  const isWrapped = ({ wrapped, function: call, cast }: (typeof own)[number]) =>
    wrapped !== undefined || call !== undefined || cast !== undefined;
  return own.every(isWrapped) ? `${own[0]?.column} is not compared as it is` : undefined;
}
