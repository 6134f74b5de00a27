import { copiedScansOf } from '../copied-scans.ts';
import { joinIndex } from '../join-advice.ts';
import { joinThresholds } from '../join-scans.ts';
import { count, describeRelation, type Rule } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, gainThresholds, scanThresholds } from '../scans.ts';
import { examples } from './examples/join-buffer.ts';

export const joinBuffer: Rule = {
  id: 'join-buffer',
  title: 'A table is joined without an index',
  why:
    'For each buffer full of rows of the one side the other table is read from end to end; or it ' +
    'is put into a hash table by every call.',
  fix:
    'An index on the columns that join the second table; give joined columns one type and ' +
    'collation first.',
  category: 'index',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { ...joinThresholds, ...scanThresholds, ...gainThresholds },
  examples,
  check: (plan, context) => [
    ...judgedScans(plan, context).flatMap(({ scan, cause }) => {
      if (cause.kind !== 'joined') return [];
      const columns = cause.conditions.map(({ column }) => column);
      return [
        {
          message:
            `${describeScan(scan)}: ${count(scan.rows)} rows are read to join on ` +
            `${columns.join(', ')}, which has no index`,
          fix: joinIndex(plan, scan, cause.conditions, context),
          nodes: [cause.join.id, ...scan.nodes.map(({ id }) => id)],
          saves: scan.saves,
        },
      ];
    }),
    ...copiedScansOf(plan, context).map(({ copy, node, table: of, condition, values, saves }) => ({
      message:
        `${describeRelation(node)}: a subquery copies ${count(of.rows)} rows to look up ` +
        `${condition.column} in the copy, since it has no index`,
      fix: joinIndex(plan, { table: of }, [condition], context, values),
      nodes: [copy.id, node.id],
      saves,
    })),
  ],
};
