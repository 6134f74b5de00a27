import { parsePercent } from '../../base/quantity.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { Prepared, StatementRef } from '../engine.ts';
import { enter, unreadIn } from './closed-database.ts';
import { readFunctions } from './functions.ts';
import {
  findSamples,
  knownStatements,
  type Samples,
  sampleOf,
  textLimitOf,
  usableSample,
} from './known-statements.ts';
import type { Sought } from './meanings.ts';
import { factsIn, type PostgresSession, scopeOf, viaFunction } from './opened.ts';
import { type PreflightInput, preflight } from './preflight.ts';
import { type PreparedPolicy, preparedOf } from './prepared.ts';
import { readingsKey } from './readings.ts';
import type { KnownStatement } from './statement-cache.ts';
import type { PreflightVerdict } from './verdict.ts';

/**
 * Statements → what may be explained of them: gather their texts, whether there are functions to
 * call, and what planning would touch, database by database; `prepared.ts` decides.
 */
export async function prepare(
  session: PostgresSession,
  statements: readonly StatementRef[],
): Promise<Prepared[]> {
  const samples = await findSamples(session, statements);
  const known = await knownStatements(session, statements, samples);
  const prepared = new Map<string, Prepared>();
  for (const [database, group] of Map.groupBy(statements, (each) => each.database))
    for (const each of await prepareDatabase(session, database, group, { known, samples }))
      prepared.set(each.key, each);
  return statements.map(({ key }) => prepared.get(key) as Prepared);
}

export function refusedByText(session: PostgresSession, { key }: StatementRef): boolean {
  const known = session.known.kept.statements.get(scopeOf(session), key);
  return known !== undefined && known.parsed === undefined;
}

interface Texts {
  known: ReadonlyMap<string, KnownStatement>;
  samples: Samples;
}

async function prepareDatabase(
  session: PostgresSession,
  database: string,
  statements: readonly StatementRef[],
  { known, samples }: Texts,
): Promise<Prepared[]> {
  const uncallable = viaFunction(session)
    ? await withoutFunction(session, database, statements)
    : new Map<string, Refusal>();
  const sound = statements.flatMap((each) => {
    const { key, user } = each;
    const statement = known.get(key) as KnownStatement;
    const { parsed } = statement;
    const sought = soughtFor(session, each, statement);
    return parsed && !uncallable.has(user) ? [{ parsed, user, key, sought }] : [];
  });
  const verdicts = sound.length ? await verdictsIn(session, database, sound) : [];
  const byKey = new Map(sound.map(({ key }, i) => [key, verdicts[i]]));
  const policy = policyOf(session);
  return statements.map((statement) => {
    const each = known.get(statement.key) as KnownStatement;
    return preparedOf(
      statement,
      {
        known: each,
        sample: () =>
          usableSample(sampleOf(session, samples, statement.key), each, policy.textLimit),
        uncallable: uncallable.get(statement.user),
        verdict: byKey.get(statement.key),
        bar: soughtFor(session, statement, each).bar,
      },
      policy,
    );
  });
}

/** What is known of a text that several schemas have the names of. */
const soughtFor = (
  session: PostgresSession,
  statement: StatementRef,
  { way, text }: KnownStatement,
): Sought => ({
  way,
  seen() {
    const { readings } = session.known.kept.statements;
    const known = readings.get(readingsKey(scopeOf(session), statement, text), session.clock.now());
    const { tried, unlike, barred } = known ?? nothing;
    return { found: known?.byId.get(statement.nativeId)?.meaning, tried, unlike, barred };
  },
  bar(meaning) {
    const { readings } = session.known.kept.statements;
    const key = readingsKey(scopeOf(session), statement, text);
    readings.start(key, session.clock.now()).barred.add(meaning);
  },
});

const nothing = { tried: new Set<string>(), unlike: new Set<string>(), barred: new Set<string>() };

const policyOf = (session: PostgresSession): PreparedPolicy & { textLimit: number } => ({
  viaFunction: viaFunction(session),
  keepsText: session.target.spec.privacy.queryText !== 'none',
  serverMajor: session.known.identity.major,
  textLimit: textLimitOf(session),
});

/** The roles for which there is nothing to call in that database, and why. */
async function withoutFunction(
  session: PostgresSession,
  database: string,
  statements: readonly StatementRef[],
): Promise<Map<string, Refusal>> {
  const users = [...new Set(statements.map(({ user }) => user))];
  const found = await readFunctions(session, database, users);
  // the preflight will not get in either, and says so
  if (!(found instanceof Map)) return new Map();
  return new Map(
    users.flatMap((user): [string, Refusal][] => {
      const problem = found.has(user) ? found.get(user) : { observed: 'the role is gone' };
      return problem
        ? [[user, refused('explain_function_missing', `${user}: ${problem.observed}`)]]
        : [];
    }),
  );
}

async function verdictsIn(
  session: PostgresSession,
  database: string,
  inputs: readonly PreflightInput[],
): Promise<PreflightVerdict[]> {
  const { target, known, timeout_ms } = session;
  const late = known.late.get(database);
  if (late) return inputs.map(() => late);
  const { worker, closed } = await enter(session, database);
  if (!worker) return inputs.map(() => closed.refusal);
  const { allowFunctions, limits } = target.spec.safety;
  const policy = {
    allowFunctions,
    lockLimit: Math.floor(parsePercent(limits.relations) * known.identity.lockSlots),
    idsTellTables: known.identity.major < 18,
    facts: factsIn(session, database),
    patience: known.patience,
  };
  try {
    return await preflight(() => session.workerFor(database), inputs, policy, timeout_ms);
  } catch (error) {
    const refusal = unreadIn(session, database, error);
    return inputs.map(() => refusal);
  }
}
