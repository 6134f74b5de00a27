import { invalidIndexes } from '../advice/invalid.ts';
import { redundantIndexes } from '../advice/redundant.ts';
import { type ReplicaLooks, type UnusedOptions, unusedIndexes, useKey } from '../advice/unused.ts';
import type { AdviceQuestions } from '../history/advice.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexLook } from '../model/index-look.ts';
import type { IndexesUsed, IndexUse, UsedServer, UseOnServer } from '../model/index-use.ts';
import { type DropReason, type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import { usageOf } from './propose-drops.ts';
import type { AdviceDeps, AdviceWish } from './run.ts';

/** What the history knows of a target's indexes, judged as a run would; no server is asked. */
export interface IndexesWish extends Pick<AdviceWish, 'target' | 'replicas' | 'every_ms'> {
  now: number;
  limit: number;
}

type Asked = Pick<AdviceDeps['history'], 'indexes' | 'targets'> &
  Pick<AdviceQuestions, 'proposals'>;

export async function indexesUsed(wish: IndexesWish, history: Asked): Promise<IndexesUsed> {
  const { target, now, limit } = wish;
  const [looks, proposals] = await Promise.all([
    history.indexes(target.uid),
    history.proposals({ target: target.uid, phases: notOver, limit: mostProposals }),
  ]);
  const last = latest(looks);
  const server = last?.server ?? { id: '', role: 'primary' as const };
  const usage = await usageOf(wish, { history }, { server, now });
  const flags = flagsOf(looks, usage);
  const concerning = new Map(
    proposals.flatMap(({ id, database, change, state: { phase } }) =>
      change.kind === 'create-index' || change.kind === 'drop-index'
        ? [[useKey({ ...change, database }), { id, kind: change.kind, phase }] as const]
        : [],
    ),
  );
  const elsewhere = usage.replicas.map(keyed);
  const items = looks
    .toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map((look): IndexUse => {
      const { server: _server, seenAt: _seenAt, unchangedSince: _since, ...index } = look;
      const proposal = concerning.get(useKey(look));
      const others = elsewhere.flatMap(({ name, known }) => {
        const other = known.get(useKey(look));
        return other ? [useOn(name, other)] : [];
      });
      return {
        ...index,
        use: [useOn(target.name, look), ...others],
        flags: flags.get(look) ?? [],
        ...(proposal ? { proposal } : {}),
      };
    });
  return {
    items,
    total: looks.length,
    bytes: looks.reduce((sum, { bytes }) => sum + bytes, 0),
    servers: [
      serverOf(target.name, last),
      ...usage.replicas.map(({ name, looks: seen }) => serverOf(name, latest(seen))),
    ],
    unknownServers: usage.unknownServers,
  };
}

const over: ReadonlySet<ProposalPhase> = new Set([
  'Withdrawn',
  'Rejected',
  'Expired',
  'Gone',
  'RolledBack',
]);
const notOver = proposalPhases.filter((phase) => !over.has(phase));
const mostProposals = 500;

/** Each of the reasons of a drop that holds, also where what is there could not be restored. */
function flagsOf(
  looks: readonly IndexLook[],
  usage: UnusedOptions,
): ReadonlyMap<CatalogIndex, DropReason[]> {
  const found = new Map<CatalogIndex, DropReason[]>();
  const flag = (index: CatalogIndex, because: DropReason) =>
    found.set(index, [...(found.get(index) ?? []), because]);
  for (const some of Map.groupBy(looks, ({ database }) => database).values()) {
    for (const { index, covered } of redundantIndexes(some))
      flag(index, { kind: 'redundant', covered: covered.name });
    for (const index of invalidIndexes(some)) flag(index, { kind: 'invalid' });
    for (const { index, reason } of unusedIndexes(some, usage)) flag(index, reason);
  }
  return found;
}

const latest = (looks: readonly IndexLook[]): IndexLook | undefined =>
  looks.reduce<IndexLook | undefined>(
    (last, each) => (last && last.seenAt >= each.seenAt ? last : each),
    undefined,
  );

const serverOf = (name: string, last: IndexLook | undefined): UsedServer => ({
  name,
  ...(last ? { role: last.server.role, seenAt: last.seenAt } : {}),
});

const keyed = ({ name, looks }: ReplicaLooks) => ({
  name,
  known: new Map(looks.map((each) => [useKey(each), each])),
});

const useOn = (
  server: string,
  { scans, countedSince, lastUsed, unchangedSince }: IndexLook,
): UseOnServer => ({
  server,
  unchangedSince,
  ...(scans === undefined ? {} : { scans }),
  ...(countedSince === undefined ? {} : { countedSince }),
  ...(lastUsed === undefined ? {} : { lastUsed }),
});
