import { expect, it } from 'vitest';
import { mysqlPlanOf, planOf, seq } from '../../test/support/plans.ts';
import { stepName } from './step-name.ts';

const written = (verb: string) =>
  mysqlPlanOf({ table: { [verb]: true, table_name: 't', access_type: 'ALL' } });

it.each([
  [planOf(seq('t')), 'SeqScan'],
  [planOf({ 'Node Type': 'Sample Scan' }), 'Sample Scan'],
  [planOf({ 'Node Type': 'LockRows' }), 'Lock'],
  [planOf({ 'Node Type': 'ModifyTable', Operation: 'Merge' }), 'Merge'],
  [planOf({ 'Node Type': 'SetOp', Command: 'Except All' }), 'SetOp Except All'],
  [planOf({ 'Node Type': 'Quantum Scan' }), 'Unknown Quantum Scan'],
  [written('update'), 'Update'],
  [written('delete'), 'Delete'],
])('%# is what a node does', (plan, name) => expect(stepName(plan.root)).toBe(name));
