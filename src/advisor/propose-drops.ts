import { invalidIndexes } from '../advice/invalid.ts';
import { redundantIndexes } from '../advice/redundant.ts';
import { type UnusedOptions, unusedIndexes } from '../advice/unused.ts';
import {
  nothingWritten,
  writeMs,
  writesByTable,
  writesOf,
  writtenName,
} from '../advice/write-cost.ts';
import { dialectOf } from '../dialects/index.ts';
import { hintedIndexes } from '../dialects/mysql-family/index-hints.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { IndexLook } from '../model/index-look.ts';
import type { DropReason, Evidence, Proposal, Unseen } from '../model/proposal.ts';
import { type Beside, dropGrounds, dropReason } from './drop-words.ts';
import { hasUnknownServers, type Looks, replicaLooks } from './index-looks.ts';
import { proposalOf, type Subject } from './propose.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';
import { perDay } from './workload.ts';

/**
 * Indexes that could go, as proposals. They stand on what the server's catalogs say and on no plan,
 * so that what they gain is room and less to write, and no statement's time.
 */
export interface Drop {
  index: CatalogIndex;
  because: DropReason;
  beside?: Beside;
  tells?: readonly string[];
}

/** As many as somebody will look at; those that free most. */
const mostDrops = 50;
const day_ms = 86_400_000;

/** Each once; none that could not be restored. */
export function dropsOf(
  looks: readonly IndexLook[],
  usage: Omit<UnusedOptions, 'window_days'>,
): Drop[] {
  return [
    ...redundantIndexes(looks).map(
      ({ index, covered, orderLost }): Drop => ({
        index,
        because: { kind: 'redundant', covered: covered.name },
        beside: { orderLost, times: covered.bytes / Math.max(1, index.bytes) },
      }),
    ),
    ...invalidIndexes(looks).map((index): Drop => ({ index, because: { kind: 'invalid' } })),
    ...unusedIndexes(looks, usage).map(
      ({ index, reason, tells }): Drop => ({ index, because: reason, tells }),
    ),
  ].filter(({ index }) => index.restorable);
}

export async function proposeDrops(
  wish: AdviceWish,
  deps: Pick<AdviceDeps, 'engine' | 'history'>,
  seen: Pick<Seen, 'workload' | 'server' | 'now'> & { own: Looks['own'] },
): Promise<{ proposals: Proposal[]; unseen: Unseen[] }> {
  // A replica has the indexes of its primary, and drops none.
  if (seen.server.role !== 'primary') return { proposals: [], unseen: [] };
  const { target, engine, schemas } = wish;
  const { statements, span_ms, totalMs } = seen.workload;
  const subject: Subject = { target, engine, now: seen.now, span_ms, totalMs };
  const usage = await usageOf(wish, deps, seen);
  const hinted = new Set(statements.flatMap(({ text = '' }) => hintedIndexes(text)));
  const proposals: Proposal[] = [];
  for (const [database, looks] of seen.own) {
    const own = statements.filter((each) => each.database === database);
    const drops = dropsOf(looks, usage)
      .filter(({ index }) => schemas.length === 0 || schemas.includes(index.index.schema))
      .filter(({ index }) => !hinted.has(index.name.toLowerCase()))
      .filter(({ index, beside }) => !own.some((each) => asksOrder(each, index.index, beside)))
      .toSorted((a, b) => b.index.bytes - a.index.bytes)
      .slice(0, mostDrops);
    for (const drop of drops) {
      const { index, because } = drop;
      const change = { kind: 'drop-index' as const, name: index.name, index: index.index, because };
      const saved = perDay(savedMs(index, own), span_ms);
      const evidence = evidenceOf(drop, saved, { now: seen.now, engine });
      const ddl = await deps.engine.ddl(change);
      const reason = dropReason(because, seen.now);
      proposals.push(proposalOf(subject, database, change, ddl, reason, evidence));
    }
  }
  return { proposals, unseen: unseenReplicas(usage) };
}

/** A statement wants rows of its keys in the order that only it has, or from one of them on. */
function asksOrder(
  { shape, facts = [] }: WorkloadStatement,
  { schema, table, keys }: IndexDef,
  { orderLost: [behind] = [] }: Partial<Beside> = {},
): boolean {
  const isOf = facts.some((each) => each.schema === schema && each.name === table);
  if (!shape || !isOf || behind === undefined) return false;
  const [first] = keys;
  const is = ({ column }: { column?: string }) => column === behind;
  const finds = shape.comparisons.some(
    ({ column }) => first && 'column' in first && first.column === column,
  );
  const ranges = shape.comparisons.some(
    (each) => is(each) && /^[<>]=?$|^between$/i.test(each.operator),
  );
  const ordered = (shape.orderBy ?? []).some((each) => 'column' in each && is(each));
  return finds && (ranges || ordered || (shape.aggregates ?? []).some(is));
}

/** A run that fails is tried again, and one may come late: the one after it is waited for. */
const missedRuns = 2;
/** Of two runs on one day, or of one that somebody asks for, nothing follows. */
const leastFreshness_ms = 2 * day_ms;

/** Whose looks count, and for how long. */
export async function usageOf(
  wish: Pick<AdviceWish, 'target' | 'replicas' | 'every_ms'>,
  deps: { history: Pick<AdviceDeps['history'], 'indexes' | 'targets'> },
  seen: Pick<Seen, 'server' | 'now'>,
): Promise<UnusedOptions> {
  const replicas = await replicaLooks(wish, deps);
  return {
    now: seen.now,
    primary: wish.target.name,
    replicas,
    unknownServers: hasUnknownServers(wish, seen, replicas),
    freshest_ms: Math.max(leastFreshness_ms, missedRuns * wish.every_ms),
  };
}

const unseenReplicas = ({ replicas, now, freshest_ms }: UnusedOptions): Unseen[] =>
  replicas
    .filter(({ looks }) => !looks.some(({ seenAt }) => now - seenAt <= freshest_ms))
    .map(({ name }) => ({ kind: 'replica', name }));

/**
 * What writes paid for it over the time of the workload. HOT updates are counted as they were with
 * the index: that there are more without it is not promised.
 */
export function savedMs({ index }: CatalogIndex, statements: readonly WorkloadStatement[]): number {
  const table = statements
    .flatMap(({ facts = [] }) => facts)
    .find(({ schema, name }) => schema === index.schema && name === index.table);
  if (!table) return 0;
  const written = writesByTable(statements).get(writtenName(table)) ?? nothingWritten;
  return writeMs(index, writesOf(index, table, { ...written, sets: new Set() }));
}

const evidenceOf = (
  { index: { bytes, index }, because, beside, tells }: Drop,
  savedMsPerDay: number,
  { now, engine }: { now: number; engine: EngineName },
): Evidence => ({
  planner: 'catalog',
  ...dropGrounds(because, {
    unique: index.unique ?? false,
    onlyFound: dialectOf(engine).spec.countsOnlyWhatIsFound ?? false,
    hints: dialectOf(engine).spec.failsWithoutHinted ?? false,
    now,
    ...(beside ? { beside } : {}),
    ...(tells ? { tells } : {}),
  }),
  statements: [],
  benefitMsPerDay: 0,
  benefitShare: 0,
  sizeBytes: bytes === 0 ? 0 : -bytes,
  writeMsPerDay: savedMsPerDay === 0 ? 0 : -savedMsPerDay,
});
