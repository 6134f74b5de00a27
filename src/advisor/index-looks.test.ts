import { expect, it } from 'vitest';
import type { DatabaseLook } from '../history/index-looks.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexLook, LookedServer } from '../model/index-look.ts';
import { hasUnknownServers, noteLooks } from './index-looks.ts';

const index: CatalogIndex = {
  name: 'x',
  index: { schema: 'public', table: 't', method: 'btree', keys: [{ column: 'a' }] },
  restorable: true,
  bytes: 1,
  valid: true,
  scans: 3,
  countedSince: 1,
};

it('keeps what was seen, and goes on from what was seen before', async () => {
  const kept: DatabaseLook[] = [];
  const history = {
    indexes: async () =>
      kept.flatMap(({ indexes, ...place }) => indexes.map((each) => ({ ...each, ...place }))),
    noteIndexes: async (look: DatabaseLook) => void kept.push(look),
  } as unknown as Parameters<typeof noteLooks>[1]['history'];
  const look = (now: number, scans: number) =>
    noteLooks(
      { target: { uid: 'u', name: 'orders' } },
      { history },
      {
        listed: [{ database: 'd', indexes: [{ ...index, scans }] }],
        server: { id: '1', role: 'standby' },
        now,
      },
    );
  await look(10, 3);
  expect(kept[0]).toMatchObject({ target: 'u', database: 'd', seenAt: 10 });
  expect(kept[0]?.indexes[0]).toEqual({ ...index, unchangedSince: 10 });
  const second = await look(20, 3);
  expect(second.get('d')?.[0]).toMatchObject({ unchangedSince: 10, seenAt: 20 });
});

const looks = (replicas: number | undefined) => [
  {
    seenAt: 1,
    server: { id: 'r', role: 'standby', ...(replicas === undefined ? {} : { replicas }) },
  } as IndexLook,
];
it.each<[string, string[] | undefined, LookedServer['replicas'], IndexLook[][], boolean]>([
  ['nobody says which there are', undefined, 0, [], true],
  ['there is none', [], 0, [], false],
  ['one is connected that has no name', [], 1, [], true],
  ['all have names', ['r'], 1, [looks(0)], false],
  ['one replicates a replica', ['r'], 1, [looks(1)], true],
  ['both have names', ['r', 's'], 1, [looks(1), looks(0)], false],
  ['a named one is away', ['r', 's'], 1, [looks(0), []], false],
  ['the server does not tell', [], undefined, [], true],
])('unknown servers, where %s', (_, replicas, connected, of, unknown) => {
  const server: LookedServer = {
    id: '1',
    role: 'primary',
    ...(connected === undefined ? {} : { replicas: connected }),
  };
  const seen = of.map((each, i) => ({ name: replicas?.[i] ?? '', looks: each }));
  expect(hasUnknownServers(replicas ? { replicas } : {}, { server }, seen)).toBe(unknown);
});
