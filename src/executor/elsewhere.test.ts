import { expect, it } from 'vitest';
import { replicasToAsk } from './elsewhere.ts';
import type { Recommendation } from './ports.ts';

const index = { schema: 'shop', table: 'orders', method: 'btree', keys: [{ column: 'total' }] };
const drop = (hides: boolean, servers: string[]) =>
  ({
    change: {
      kind: 'drop-index',
      name: 'old',
      index,
      because: { kind: 'unused', since: 1, servers, unknownServers: false },
    },
    subject: { hides },
    target: { name: 'orders' },
  }) as unknown as Recommendation;

it('asks those of the target, and those that the proposal stood on, each once', () => {
  expect(replicasToAsk(drop(false, ['orders', 'reports', 'old']), ['reports', 'new'])).toEqual([
    'reports',
    'new',
    'old',
  ]);
});

it('asks nobody where the index is hidden first', () => {
  expect(replicasToAsk(drop(true, ['orders', 'reports']), ['reports'])).toEqual([]);
});
