import { expect, it } from 'vitest';
import type { IndexesUsed, IndexUse } from '../model/index-use.ts';
import { indexLines } from './present-indexes.ts';

const now = 1_700_000_000_000;
const day = 86_400_000;
const index = (name: string, columns: string[], more: Partial<IndexUse> = {}): IndexUse => ({
  database: 'shop',
  name,
  index: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((column) => ({ column })),
  },
  restorable: true,
  bytes: 8_388_608,
  valid: true,
  use: [{ server: 'orders', scans: 0, unchangedSince: now - 60 * day }],
  flags: [],
  ...more,
});
const servers: IndexesUsed['servers'] = [
  { name: 'orders', role: 'primary', seenAt: now },
  { name: 'orders-r' },
];

it('tells what could go, then each with who reads it', () => {
  const items = [
    index('orders_a_b', ['a', 'b'], {
      use: [{ server: 'orders', scans: 1_200, lastUsed: now - 5_000, unchangedSince: now }],
    }),
    index('orders_a', ['a'], {
      flags: [{ kind: 'redundant', covered: 'orders_a_b' }],
      proposal: { id: 'adv-a', kind: 'drop-index', phase: 'Proposed' },
    }),
    index('orders_pkey', ['id'], { needed: 'constraint', servesForeignKey: true }),
  ];
  const found = { items, total: 3, bytes: 25_165_824, servers, unknownServers: true };
  const lines = indexLines(found, 'shop/orders', now, 200).split('\n');
  expect(lines[0]).toBe('shop/orders  3 indexes, 24 MiB; 1 could go and would free 8 MiB');
  const [, head = '', ...rows] = lines.slice(1, 6).map((line) => line.trim().split(/ {2,}/));
  expect(head).toEqual([
    'SIZE',
    'INDEX',
    'ON',
    'SCANS orders',
    'SCANS orders-r',
    'KNOWN',
    'ADVICE',
  ]);
  expect(rows.map((row) => row.slice(3))).toEqual([
    ['1,200, 5s ago', '–', '–', '–'],
    ['none for 60d', '–', 'redundant: orders_a_b', 'adv-a'],
    ['none for 60d', '–', 'needed: constraint, finds rows of a foreign key', '–'],
  ]);
  expect(lines.slice(-3)).toEqual([
    'orders: primary, looked at 2023-11-14 22:13 UTC',
    'orders-r: nobody has looked at it',
    'There may be more replicas: spec.advice.replicas names them.',
  ]);
});

it('says who looks, where nobody has', () => {
  const found = { items: [], total: 0, bytes: 0, servers, unknownServers: true };
  expect(indexLines(found, 'shop/orders', now, 80)).toContain('spec.advice: { mode: propose }');
});
