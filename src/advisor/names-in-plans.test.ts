import { expect, it } from 'vitest';
import { planOf } from '../../test/support/plans.ts';
import { indexName, partitionIndexName } from '../advice/identity.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { WorldRelation } from '../model/world.ts';
import { namesInPlans, readIn } from './names-in-plans.ts';

const relation = (name: string, kind: WorldRelation['kind'], parent?: string): WorldRelation => ({
  schema: 'public',
  name,
  kind,
  columns: [],
  parents: parent ? [{ schema: 'public', name: parent }] : [],
  tablespace: '',
  rows: 1,
  pages: 1,
  allVisible: 0,
  bytes: 8_192,
  options: [],
});
const relations = [
  relation('log', 'partitioned'),
  relation('log_1', 'table', 'log'),
  relation('log_2', 'table', 'log'),
  relation('t', 'table'),
];
const on = (table: string): IndexDef => ({
  schema: 'public',
  table,
  method: 'btree',
  keys: [{ column: 'a' }],
});
const candidate = (table: string) => ({
  id: indexName(on(table)),
  index: on(table),
  bytes: 1,
  statements: [],
});
const scan = (index: string) => ({
  'Node Type': 'Index Scan',
  'Index Name': index,
  'Relation Name': 'any',
  Schema: 'public',
  Alias: 'any',
});

it('a candidate on a partitioned table is read where one of its partitions’ indexes is', () => {
  const [log, t] = [candidate('log'), candidate('t')];
  const names = namesInPlans([log, t], relations);
  const plan = (...indexes: string[]) =>
    planOf({ 'Node Type': 'Append', Plans: indexes.map(scan) });
  const [first, second] = ['log_1', 'log_2'].map((table) =>
    partitionIndexName(on('log'), { schema: 'public', table }),
  );
  expect(readIn(plan(second ?? '', first ?? ''), names)).toEqual([log.id]);
  expect(readIn(plan(t.id, first ?? '', 'log_pkey'), names)).toEqual([t.id, log.id]);
  expect(readIn(plan('log_1_a_idx'), names)).toEqual([]);
  // One of the partition alone is another index, which somebody may have approved by itself.
  expect(readIn(plan(indexName(on('log_1'))), names)).toEqual([]);
});
