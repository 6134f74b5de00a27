import { expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { createFleet } from '../controller/fleet.ts';
import type { SessionFacts, Survey } from '../coordination/lease-store.ts';
import { shardOf } from '../coordination/shards.ts';
import { tokenHolder } from '../http/caller.ts';
import type { Stop } from '../model/stop.ts';
import { apiServerOf, createReplicaReports, type ReportDeps } from './replica-reports.ts';

const facts = (name: string, more: Partial<SessionFacts> = {}): SessionFacts => ({
  scope: 'all',
  load: 1,
  name,
  stops: {},
  ...more,
});
const stop: Stop = { id: 's', scope: { namespaces: ['shop'] }, reason: 'r', since: 1 };

const all = { mayRead: () => true, whole: () => true };

function reports(over: Partial<ReportDeps> = {}) {
  const fleet = createFleet();
  for (const name of ['a', 'b'])
    fleet.note({ uid: `uid-${name}`, namespace: 'shop', name, generation: 1 });
  const survey: Survey = {
    version: 1,
    sessions: [
      { id: 'two-1', facts: facts('two', { stops: { s: 1 }, busy: ['uid-b'], version: '9' }) },
      { id: 'one-1', facts: facts('one') },
    ],
    owners: new Map([
      [shardOf('uid-a'), 'two-1'],
      [shardOf('uid-b'), 'two-1'],
    ]),
  };
  const leases = {
    survey: () => survey,
    surveyAge_ms: 90_000,
  } as unknown as ReportDeps['ownership']['leases'];
  return createReplicaReports({
    state: { survey: async () => survey },
    store: {
      labels: () => ({}),
      health: { watchAge_ms: 5 } as ReportDeps['store']['health'],
    },
    ownership: { leases },
    fleet,
    stops: () => [stop],
    facts: () => facts('one', { stops: { s: 0 }, cancelled: { s: 2 }, busy: ['uid-a'] }),
    shared: true,
    watchLimit_ms: 10,
    now: () => 100_000,
    logger: silentLogger,
    ...over,
  });
}

it('each tells of all, and of itself what is true now', async () => {
  const { items, redis, watch } = await reports().replicas(tokenHolder);
  expect([redis, watch]).toEqual(['ok', { state: 'ok', ageMs: 5 }]);
  expect(items).toMatchObject([
    { id: 'one-1', pod: 'one', me: true, shards: 0, targets: 0, seenAt: 100_000 },
    {
      id: 'two-1',
      pod: 'two',
      me: false,
      targets: 2,
      version: '9',
      session: 'live',
      seenAt: 100_000,
    },
  ]);
});
it('who obeys a stop, and what it would do', async () => {
  expect(await reports().progress('s', all)).toMatchObject({
    covered: 2,
    confirmed: ['one', 'two'],
    cancelled: 2,
    stillRunning: 1,
    done: false,
  });
  expect(await reports().progress('other', all)).toBeUndefined();
  expect(await reports().preview({ targets: ['shop/b'] }, all)).toEqual({
    targets: 1,
    running: 1,
    namespaces: { shop: 1 },
    names: ['shop/b'],
  });
  expect(await reports().preview({ all: true }, all)).toMatchObject({ targets: 2, running: 2 });
});
it('counts nothing that one may not read', async () => {
  const { items } = await reports().replicas({
    readable: ['hr'],
    mayRead: (each) => each === 'hr',
  });
  expect(items.map(({ targets }) => targets)).toEqual([0, 0]);
  const nobody = { mayRead: () => false, whole: () => false };
  expect(await reports().preview({ all: true }, nobody)).toEqual({
    targets: 0,
    running: 0,
    namespaces: {},
    names: [],
  });
  expect(await reports().progress('s', nobody)).toMatchObject({
    covered: 0,
    cancelled: null,
    stillRunning: 0,
    replicas: [{ cancelled: null }, { cancelled: null }],
  });
});
it('where the shared state is away, it is told as last seen', async () => {
  const away = reports({ state: { survey: () => Promise.reject(new Error('away')) } });
  expect(await away.replicas(tokenHolder)).toMatchObject({
    redis: 'away',
    items: [
      { pod: 'one', seenAt: 100_000 },
      { pod: 'two', seenAt: 10_000 },
    ],
  });
});

it.each([
  [5, 60_000, undefined],
  [11_000, 60_000, 989_000],
  [5, 130_000, 870_000],
  [140_000, 130_000, 860_000],
])(
  'the API server: last answer %i ms ago, last word %i ms: away since %s',
  (answerAge_ms, watchAge_ms, awaySince) =>
    expect(apiServerOf({ answerAge_ms, watchAge_ms }, 120_000, 1_000_000).awaySince).toBe(
      awaySince,
    ),
);
