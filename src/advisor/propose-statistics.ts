import { statisticsChanges } from '../advice/statistics.ts';
import type { RuleContext } from '../analysis/rule.ts';
import type { StoredFinding, WorkloadStatement } from '../history/history-questions.ts';
import type { Change, Evidence, Proposal } from '../model/proposal.ts';
import { proposalOf, type Subject } from './propose.ts';
import { leastBenefit } from './propose-indexes.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';

/**
 * What would tell the server's planner the truth, as proposals, where a finding says that it does
 * not know it. What a plan would be then nobody can tell without the data, so that no saving is
 * claimed: the statements that it is for have to take as much as another proposal has to save.
 */
type StatisticsChange = Extract<Change, { kind: 'create-statistics' | 'analyze' }>;

export interface Wrong {
  database: string;
  change: StatisticsChange;
  statements: WorkloadStatement[];
  /** Of what the cycles found. */
  messages: string[];
}

/** Which finding a change answers. */
const ruleOf = {
  'create-statistics': 'correlated-columns',
  analyze: 'stale-statistics',
} as const satisfies Record<StatisticsChange['kind'], string>;
const mostFindings = 1_000;
const shownText = 120;

export async function proposeStatistics(
  { target, engine, schemas }: AdviceWish,
  deps: Pick<AdviceDeps, 'engine' | 'history'>,
  { workload, server, now }: Pick<Seen, 'workload' | 'server' | 'now'>,
): Promise<Proposal[]> {
  // A replica has the statistics of its primary, and makes none.
  if (server.role !== 'primary') return [];
  const { statements, span_ms, totalMs } = workload;
  const open = await deps.history.findings({
    target: target.uid,
    rules: Object.values(ruleOf),
    limit: mostFindings,
  });
  const subject: Subject = { target, engine, now, span_ms, totalMs };
  const proposals: Proposal[] = [];
  for (const { database, change, ...of } of wrongOf(statements, open)) {
    const share = of.statements.reduce((sum, { weight }) => sum + weight.totalMs, 0) / totalMs;
    const asked = schemas.length === 0 || schemas.includes(change.schema);
    if (!asked || share < leastBenefit) continue;
    const ddl = await deps.engine.ddl(change);
    const reason = reasonOf(change, of.statements);
    proposals.push(proposalOf(subject, database, change, ddl, reason, evidenceOf(of.messages)));
  }
  return proposals;
}

/** Each change of a database once, with all statements that it is for, heaviest first. Pure. */
export function wrongOf(
  statements: readonly WorkloadStatement[],
  findings: readonly Pick<StoredFinding, 'fingerprint' | 'rule' | 'message'>[],
): Wrong[] {
  const wrong = new Map<string, Wrong>();
  const open = Map.groupBy(findings, ({ fingerprint }) => fingerprint);
  for (const statement of statements)
    for (const { rule, message } of open.get(statement.fingerprint) ?? [])
      for (const change of changesOf(statement)) {
        if (ruleOf[change.kind] !== rule) continue;
        const { database } = statement;
        const key = JSON.stringify([database, change]);
        const before = wrong.get(key) ?? { database, change, statements: [], messages: [] };
        wrong.set(key, {
          ...before,
          statements: [...new Set([...before.statements, statement])],
          messages: [...new Set([...before.messages, message])],
        });
      }
  return [...wrong.values()];
}

function changesOf(statement: WorkloadStatement): StatisticsChange[] {
  const { plan } = statement;
  return plan
    ? statisticsChanges(plan, contextOf(statement)).filter((each): each is StatisticsChange =>
        Object.hasOwn(ruleOf, each.kind),
      )
    : [];
}

/** As a cycle had it; the figures are those of all calls since. */
function contextOf({
  fingerprint,
  nativeId,
  database,
  user = '',
  weight: { calls, totalMs, rows, tempBlocks },
  shape,
  facts = [],
  settings,
}: WorkloadStatement): RuleContext {
  return {
    fingerprint: { algorithm: 'history', value: fingerprint },
    stats: {
      key: fingerprint,
      nativeId,
      database,
      user,
      toplevel: true,
      isNew: false,
      calls,
      totalMs,
      rows,
      meanMs: calls > 0 ? totalMs / calls : 0,
      tempBlocksWritten: tempBlocks,
    },
    facts,
    ...(shape ? { shape } : {}),
    ...(settings ? { settings } : {}),
  };
}

/** As many clauses as somebody reads. */
const mostMessages = 3;

const evidenceOf = (messages: readonly string[]): Evidence => ({
  planner: 'rules',
  confidence: 'medium',
  because: [
    ...messages.slice(0, mostMessages),
    'what plans would be then cannot be told without the data: no saving is claimed',
  ],
  statements: [],
  benefitMsPerDay: 0,
  benefitShare: 0,
  sizeBytes: 0,
  writeMsPerDay: 0,
});

function reasonOf({ kind }: StatisticsChange, statements: readonly WorkloadStatement[]): string {
  const many = statements.length === 1 ? 'one statement is' : `${statements.length} statements are`;
  const wrong =
    kind === 'analyze' ? 'with statistics that are old' : 'as if its conditions were independent';
  const text = statements[0]?.text?.replaceAll(/\s+/g, ' ').trim();
  const shown = text && text.length > shownText ? `${text.slice(0, shownText - 1)}…` : text;
  return `${many} planned ${wrong}${shown ? `, above all: ${shown}` : ''}`;
}
