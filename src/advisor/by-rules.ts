import { type Candidate, candidatesOf } from '../advice/candidates.ts';
import { covers } from '../advice/redundant.ts';
import { sqlOf } from '../dialects/habits.ts';
import type { MadeAdvice } from '../history/advice.ts';
import type { StoredFinding, WorkloadStatement } from '../history/history-questions.ts';
import type { EngineName } from '../model/engine-name.ts';
import { knownCost } from '../model/plan.ts';
import type { AdviceRun, Evidence, StatementEffect, Unseen } from '../model/proposal.ts';
import { isThere, mostNewOfTable, mostOfTable, standingOn } from './buildable.ts';
import { writeMsOf } from './problem-of.ts';
import { proposalOf, reasonOf, type Subject } from './propose.ts';
import { leastBenefit } from './propose-indexes.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';
import { perDay } from './workload.ts';

/**
 * Which indexes to have where no planner can be asked elsewhere: those that rules already advise
 * for single statements, put together over the workload. No plan with one of them was made, so no
 * cost is told, and what is saved is the most that the findings think possible.
 */
export interface Ruled {
  database: string;
  candidate: Candidate;
  /** Heaviest first. */
  statements: WorkloadStatement[];
  messages: string[];
  /** Of all database time, at most; 0..1. */
  saves: number;
}

type Found = Pick<StoredFinding, 'fingerprint' | 'message' | 'fix' | 'saves'>;

const mostFindings = 1_000;

export async function adviseByRules(
  wish: AdviceWish,
  deps: Pick<AdviceDeps, 'engine' | 'history'>,
  seen: Seen,
): Promise<Omit<MadeAdvice, 'run'> & { run: Partial<AdviceRun> }> {
  const { target, engine, schemas, budgetBytes } = wish;
  const { statements, span_ms, totalMs } = seen.workload;
  const open = await deps.history.findings({ target: target.uid, limit: mostFindings });
  const subject: Subject = { target, engine, now: seen.now, span_ms, totalMs };
  // What writes would pay more for takes nothing of the room that others have.
  const worthy = ruledOf(statements, open, { engine, totalMs })
    .filter(
      ({ saves, candidate: { index } }) =>
        saves >= leastBenefit && (schemas.length === 0 || schemas.includes(index.schema)),
    )
    .map((each) => {
      const own = statements.filter(({ database }) => database === each.database);
      return { ...each, evidence: evidenceOf(each, own, subject) };
    })
    .filter(({ evidence }) => evidence.writeMsPerDay < evidence.benefitMsPerDay);
  const { chosen, refused } = within(worthy, seen, budgetBytes);
  const proposals: AdviceRun['proposals'] = [];
  for (const { database, candidate, evidence } of chosen) {
    const change = { kind: 'create-index' as const, name: candidate.id, index: candidate.index };
    const ddl = await deps.engine.ddl(change);
    proposals.push(proposalOf(subject, database, change, ddl, reasonOf(evidence), evidence));
  }
  return { plans: [], run: { planner: 'rules', unseen: refused, proposals } };
}

/** What a finding advises is recognised by its SQL, which is made by the same words. Pure. */
export function ruledOf(
  statements: readonly WorkloadStatement[],
  findings: readonly Found[],
  { engine, totalMs }: { engine: EngineName; totalMs: number },
): Ruled[] {
  const open = Map.groupBy(findings, ({ fingerprint }) => fingerprint);
  const found = new Map<string, Ruled>();
  for (const statement of statements) {
    const own = open.get(statement.fingerprint) ?? [];
    if (own.length === 0) continue;
    for (const candidate of candidatesOf([statement], { engine, totalMs })) {
      const sql = asAdvised(candidate, statement, engine);
      const meant = own.filter(({ fix }) => sql !== undefined && fix.includes(sql));
      if (meant.length === 0) continue;
      const { database } = statement;
      const key = JSON.stringify([database, candidate.id]);
      const before = found.get(key);
      const share = statement.weight.totalMs / totalMs;
      found.set(key, {
        database,
        candidate,
        statements: [...(before?.statements ?? []), statement],
        messages: [...(before?.messages ?? []), ...meant.map(({ message }) => message)],
        saves: (before?.saves ?? 0) + Math.min(share, ...meant.map(({ saves = 0 }) => saves)),
      });
    }
  }
  return merged([...found.values()]).toSorted((a, b) => b.saves - a.saves);
}

function asAdvised(
  { index }: Candidate,
  { facts = [] }: WorkloadStatement,
  engine: EngineName,
): string | undefined {
  const table = facts.find(({ schema, name }) => schema === index.schema && name === index.table);
  const keys = index.keys.flatMap((key) => ('column' in key ? [key] : []));
  return table && sqlOf(engine).createIndex(table, keys);
}

/** What a longer one does, too, needs none of its own. */
function merged(all: readonly Ruled[]): Ruled[] {
  const kept: Ruled[] = [];
  const longest = all.toSorted(
    (a, b) => b.candidate.index.keys.length - a.candidate.index.keys.length,
  );
  for (const each of longest) {
    const at = kept.findIndex(
      ({ database, candidate }) =>
        database === each.database &&
        isOnSameTable(candidate, each.candidate) &&
        covers(candidate.index, each.candidate.index),
    );
    const wider = kept[at];
    if (!wider) kept.push(each);
    else kept[at] = both(wider, each);
  }
  return kept;
}

const isOnSameTable = ({ index: a }: Candidate, { index: b }: Candidate): boolean =>
  a.schema === b.schema && a.table === b.table;

/** Of a statement that both are for the greater part counts once. */
function both(wider: Ruled, each: Ruled): Ruled {
  const added = each.statements.filter((one) => !wider.statements.includes(one));
  const share = added.length / each.statements.length;
  return {
    ...wider,
    statements: [...wider.statements, ...added].toSorted(
      (a, b) => b.weight.totalMs - a.weight.totalMs,
    ),
    messages: [...new Set([...wider.messages, ...each.messages])],
    saves: wider.saves + each.saves * share,
  };
}

interface Within<R extends Ruled> {
  chosen: R[];
  refused: Unseen[];
}

/** What saves most first, or most for its bytes: one that is large may be in the way of several. */
function within<R extends Ruled>(
  ruled: readonly R[],
  seen: Pick<Seen, 'listed'>,
  budgetBytes: number,
): Within<R> {
  const rate = ({ saves, candidate }: R) => saves / Math.max(1, candidate.bytes);
  const [large, small] = [ruled, ruled.toSorted((a, b) => rate(b) - rate(a))].map((each) =>
    inOrder(each, seen, budgetBytes),
  ) as [Within<R>, Within<R>];
  const saved = ({ chosen }: Within<R>) => chosen.reduce((sum, { saves }) => sum + saves, 0);
  const { chosen, refused } = saved(small) > saved(large) ? small : large;
  return { chosen: chosen.toSorted((a, b) => b.saves - a.saves), refused };
}

/** Each that comes, while there is room on its table and in the budget. */
function inOrder<R extends Ruled>(
  ruled: readonly R[],
  { listed }: Pick<Seen, 'listed'>,
  budgetBytes: number,
): Within<R> {
  const chosen: R[] = [];
  const refused = new Map<string, Unseen>();
  let left = budgetBytes;
  for (const each of ruled) {
    const { database, candidate } = each;
    const { schema, table } = candidate.index;
    const there = listed.find((one) => one.database === database)?.indexes ?? [];
    if (isThere(candidate.index, there)) continue;
    const standing = standingOn(candidate.index, there).length;
    const added = chosen.filter(
      (one) => one.database === database && isOnSameTable(one.candidate, candidate),
    ).length;
    if (standing >= mostOfTable)
      refused.set(JSON.stringify([database, schema, table]), {
        kind: 'table',
        database,
        schema,
        table,
        reason: 'many_indexes',
      });
    const fits = standing + added < mostOfTable && added < mostNewOfTable;
    if (!fits || candidate.bytes > left) continue;
    left -= candidate.bytes;
    chosen.push(each);
  }
  return { chosen, refused: [...refused.values()] };
}

/** As many as somebody reads. */
const mostMessages = 2;
const shownStatements = 20;

function evidenceOf(
  { candidate, statements, messages, saves }: Ruled,
  own: readonly WorkloadStatement[],
  { span_ms, totalMs }: Subject,
): Evidence {
  return {
    planner: 'rules',
    confidence: 'low',
    because: [
      ...[...new Set(messages)].slice(0, mostMessages),
      'by rules: no plan with it was made, and what it saves is the most that could be',
      'look first: EXPLAIN the heaviest of its statements on a copy that has the index',
    ],
    statements: statements.slice(0, shownStatements).map((each) => effectOf(each, span_ms)),
    benefitMsPerDay: saves * perDay(totalMs, span_ms),
    benefitShare: saves,
    sizeBytes: candidate.bytes,
    writeMsPerDay: perDay(writeMsOf(candidate, own), span_ms),
  };
}

function effectOf(
  { fingerprint, text, weight, plan }: WorkloadStatement,
  span_ms: number,
): StatementEffect {
  const cost = plan && knownCost(plan);
  return {
    fingerprint,
    ...(text === undefined ? {} : { text }),
    callsPerDay: perDay(weight.calls, span_ms),
    msPerDay: perDay(weight.totalMs, span_ms),
    ...(cost === undefined ? {} : { costBefore: cost }),
    ...(plan ? { planBefore: plan.hash.shape } : {}),
  };
}
