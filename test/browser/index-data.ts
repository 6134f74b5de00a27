import type { IndexesAnswer } from '../../src/http/answers/indexes.ts';
import type { Answers } from './lying-server.ts';

/** Indexes of a target with two replicas, always the same; what the API answers of them. */
type Index = IndexesAnswer['items'][number];
const day = 86_400_000;

function indexOf(
  now: number,
  name: string,
  columns: string[],
  scans: [number, number, number],
  more: Partial<Index> = {},
): Index {
  return {
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
    use: ['orders', 'orders-replica-1', 'orders-replica-2'].map((server, i) => ({
      server,
      scans: scans[i] ?? 0,
      countedSince: now - 90 * day,
      unchangedSince: now - (scans[i] ? 40_000 : 60 * day),
      ...(scans[i] ? { lastUsed: now - 40_000 } : {}),
    })),
    flags: [],
    ...more,
  };
}

/** A name that a page could take for a text of its own. */
const strange = (now: number): Index =>
  indexOf(now, '<script>alert(1)</script>', ['note"; DROP TABLE x'], [3, 0, 0], { bytes: 16_384 });

export function indexesAnswer(now: number, hostile = true): IndexesAnswer {
  const unique = { schema: 'public', table: 'orders', method: 'btree', unique: true };
  const items = [
    indexOf(
      now,
      'orders_customer_id_created_at_idx',
      ['customer_id', 'created_at'],
      [1_204_811, 88_120, 12],
      { bytes: 2_147_483_648 },
    ),
    indexOf(now, 'orders_customer_id_idx', ['customer_id'], [19, 0, 0], {
      bytes: 1_073_741_824,
      flags: [{ kind: 'redundant', covered: 'orders_customer_id_created_at_idx' }],
      proposal: { id: 'adv-5fa1c85fa1c8', kind: 'drop-index', phase: 'Proposed' },
    }),
    indexOf(now, 'orders_pkey', ['id'], [998_112_004, 4_112_900, 4_900_121], {
      bytes: 512_000_000,
      index: { ...unique, keys: [{ column: 'id' }] },
      needed: 'constraint',
      servesForeignKey: true,
    }),
    indexOf(now, 'orders_note_trgm', [], [0, 0, 0], {
      index: {
        schema: 'public',
        table: 'orders',
        method: 'gin',
        keys: [{ expression: 'lower(note)', opclass: 'public.gin_trgm_ops' }],
        where: 'note IS NOT NULL',
      },
      bytes: 402_653_184,
      flags: [
        {
          kind: 'unused',
          since: now - 60 * day,
          servers: ['orders', 'orders-replica-1', 'orders-replica-2'],
          unknownServers: false,
        },
      ],
    }),
    indexOf(now, 'dbi_orders_status_9de64e2d', ['status', 'created_at'], [4_812, 0, 0], {
      proposal: { id: 'adv-1b20aa1b20aa', kind: 'create-index', phase: 'Observing' },
    }),
    indexOf(now, 'orders_new_ccnew', ['total'], [0, 0, 0], {
      valid: false,
      bytes: 65_536,
      flags: [{ kind: 'invalid' }],
    }),
    ...(hostile ? [strange(now)] : []),
  ];
  return {
    items,
    total: items.length,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    servers: [
      { name: 'orders', role: 'primary', seenAt: now - 3_600_000 },
      { name: 'orders-replica-1', role: 'standby', seenAt: now - 7_200_000 },
      { name: 'orders-replica-2' },
    ],
    unknownServers: true,
    mode: 'propose',
  };
}

export const noIndexes = (mode: IndexesAnswer['mode']): IndexesAnswer => ({
  items: [],
  total: 0,
  bytes: 0,
  servers: [{ name: 'orders' }],
  unknownServers: true,
  ...(mode ? { mode } : {}),
});

const target = 'targets/shop/orders';
export const targetAnswers = (indexes: IndexesAnswer): Answers => ({
  [target]: () => ({
    namespace: 'shop',
    name: 'orders',
    uid: 'uid',
    engine: 'postgres',
    state: 'collecting',
    kind: 'well',
    status: {},
  }),
  [`${target}/queries`]: () => ({ items: [] }),
  [`${target}/findings`]: () => ({ items: [] }),
  [`${target}/cycles`]: () => ({ items: [] }),
  [`${target}/coverage`]: () => ({ reasons: [] }),
  [`${target}/indexes`]: () => indexes,
});
