import { expect, it } from 'vitest';
import { byCustomer } from '../../../test/support/executor-world.ts';
import { refusalOf } from './index-refusal.ts';

const index = { kind: 'create-index', name: 'dbi_orders', index: byCustomer } as const;
const drop = { ...index, kind: 'drop-index', because: { kind: 'invalid' } } as const;
const options = { snapshot_ms: 60_000, replicasCount: true, isServed: false };
const row = { there: 't', owns: 't' };

it.each([
  ['140000', 'version_loses_rows'],
  ['140003', 'version_loses_rows'],
  ['140004', undefined],
  ['180001', undefined],
])('builds and drops nothing where a build may lose rows: %s', (version_num, refusal) => {
  for (const change of [index, drop])
    expect(refusalOf({ ...row, version_num }, { ...options, change })).toBe(refusal);
});
