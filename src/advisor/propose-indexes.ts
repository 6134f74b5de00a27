import type { Problem } from '../advice/problem.ts';
import type { ProposedPlan } from '../history/advice.ts';
import type { Change, Proposal } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import type { Planner } from '../planner/planner.ts';
import type { Made } from './asked.ts';
import type { Checked } from './check-set.ts';
import { judge } from './confidence.ts';
import { partitionIndexes } from './names-in-plans.ts';
import { keyOf, rateOf, writesFor } from './problem-of.ts';
import { evidenceOf, plansOf, proposalOf, reasonOf } from './propose.ts';
import type { AdviceDeps, AdviceWish, Found, Seen } from './run.ts';
import { perDay } from './workload.ts';

/** Indexes that stood the check, as proposals; what saves most first. */
export interface Outcome extends Seen {
  planner: Planner['kind'];
  found: readonly Found[];
  /** By database. */
  checked: ReadonlyMap<string, Checked>;
  problem: Problem;
}

export const unseenWrites =
  'its table is written by what is not seen here (functions, triggers, statements that count for ' +
  'little): what these pay for it is not in the figure';

/** Of all database time: for less nobody should have to read a page. */
export const leastBenefit = 0.01;

export async function proposeIndexes(
  wish: AdviceWish,
  deps: Pick<AdviceDeps, 'engine'>,
  outcome: Outcome,
): Promise<{ proposals: Proposal[]; plans: ProposedPlan[] }> {
  const proposals: Proposal[] = [];
  const plans: ProposedPlan[] = [];
  for (const of of outcome.found) {
    const { world } = of;
    const checked = outcome.checked.get(world.database);
    for (const made of checked?.made ?? []) {
      const proposal = await propose(wish, deps, outcome, of, made);
      const { benefitShare, benefitMsPerDay, writeMsPerDay } = proposal.evidence;
      // Costs of statements that write and of those that read take other times.
      if (benefitShare < leastBenefit || writeMsPerDay >= benefitMsPerDay) continue;
      proposals.push(proposal);
      plans.push(...plansOf(proposal, checked?.after ?? new Map()));
    }
  }
  proposals.sort((a, b) => b.evidence.benefitMsPerDay - a.evidence.benefitMsPerDay);
  return { proposals, plans };
}

async function propose(
  { target, engine }: AdviceWish,
  deps: Pick<AdviceDeps, 'engine'>,
  { workload, now, planner, found, checked, problem }: Outcome,
  { world, compared }: Found,
  { candidate, size }: Made,
): Promise<Proposal> {
  const change = changeOf(candidate, world);
  const { span_ms, totalMs } = workload;
  const { check } = compared;
  const cost = problem.indexes.find(({ id }) => id === keyOf(world.database, candidate.id));
  const rate = rateOf(found.flatMap(({ compared }) => [...compared.known.values()]));
  const subject = { target, engine, now, span_ms, totalMs };
  const own = workload.statements.filter(({ database }) => database === world.database);
  const judged = judge({ check, span_ms, size: size.confidence });
  const unseen = writesFor(candidate, own).unseen ? [unseenWrites] : [];
  const evidence = evidenceOf(
    {
      planner,
      name: candidate.id,
      bytes: size.bytes,
      writeMsPerDay: perDay((cost?.writeCost ?? 0) * rate, span_ms),
      judged: { ...judged, because: [...judged.because, ...unseen] },
      agreement: check.agreement,
    },
    checked.get(world.database)?.after.values() ?? [],
    subject,
  );
  const ddl = await deps.engine.ddl(change);
  return proposalOf(subject, world.database, change, ddl, reasonOf(evidence), evidence);
}

function changeOf({ id, index }: Made['candidate'], { relations }: WorldExport): Change {
  const create = { kind: 'create-index' as const, name: id, index };
  const partitions = partitionIndexes(index, relations);
  return partitions ? { ...create, partitions } : create;
}
