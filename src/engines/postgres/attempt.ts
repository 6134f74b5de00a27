import { AppError } from '../../base/errors.ts';
import type { Watch } from '../connection.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { errorMessage, failedStatement, sqlState } from './errors.ts';
import { runTogether, type StatementLimits } from './transaction.ts';
import type { TypeError } from './typing.ts';

/**
 * Statements that the server may refuse, for it is not known what it makes of them. Each attempt is
 * made inside a DO block that catches what is raised: an error that is caught there is no ERROR
 * line in the server's log, and fails nothing else. Only EXPLAIN and PREPARE of texts that have
 * passed the guard are sent so. What must not be caught — a timeout, a lock that is not free, a
 * stop — ends the block as it would end a statement, and what stands behind it in one message: sent
 * by itself, the server would log that, too, as an ERROR.
 */
export interface Step {
  sql: string;
  values?: readonly string[];
  /** An expression of SQL whose value follows it, worked out in the block. */
  followedBy?: string;
  /** What follows it where there are no blocks. */
  otherwise?: string;
  /** Its answer is wanted: the first column of its first row. */
  answers: boolean;
}

export type Outcome = { answers: string[] } | ({ answers?: never } & TypeError);

export interface AttemptOptions {
  worker: Connection;
  limits: StatementLimits;
  /** It went through before: sent as it is, which costs less. */
  proven: boolean;
  /** Sent when all is over, outside of the transaction. */
  after: readonly string[];
  /** Over each transaction. */
  watch: Watch;
  /** Whether this session may use DO blocks. */
  blocks: { allowed: boolean };
}

/**
 * The language plpgsql is not there, or not for us: then one after the other, each in a transaction
 * of its own.
 */
const languageMissing = new Set(['42704', '42501']);

export async function attemptEach(
  attempts: readonly (readonly Step[])[],
  options: AttemptOptions,
): Promise<Outcome[]> {
  const { worker, limits, proven, after, watch, blocks } = options;
  const worksOut = attempts.flat().some(({ followedBy }) => followedBy !== undefined);
  if (blocks.allowed && (!proven || worksOut)) {
    try {
      const [rows] = await runTogether(
        worker,
        limits,
        [{ sql: `${blockOf(attempts)}; ${outcomesSql(attempts)}` }],
        { after, watch },
      );
      return readOutcomes(attempts, rows?.[0] ?? {});
    } catch (error) {
      const cause = error instanceof AppError ? error.cause : undefined;
      if (failedStatement(cause) !== 0 || !languageMissing.has(sqlState(cause) ?? '')) throw error;
      blocks.allowed = false;
    }
  }
  const outcomes: Outcome[] = [];
  for (const steps of attempts) outcomes.push(await attemptAlone(steps, options));
  return outcomes;
}

async function attemptAlone(
  steps: readonly Step[],
  { worker, limits, after, watch }: AttemptOptions,
): Promise<Outcome> {
  try {
    const rows = await runTogether(
      worker,
      limits,
      steps.map(({ sql, values, otherwise = '' }) => ({
        sql: sql + otherwise,
        ...(values ? { values } : {}),
      })),
      { after, watch },
    );
    return { answers: steps.flatMap(({ answers }, i) => (answers ? [firstCell(rows[i])] : [])) };
  } catch (error) {
    const cause = error instanceof AppError ? error.cause : undefined;
    const state = sqlState(cause);
    if (!state || uncaught.test(state) || (failedStatement(cause) ?? -1) < 0) throw error;
    return { state, message: errorMessage(cause) };
  }
}

const firstCell = (rows: readonly Row[] = []): string => Object.values(rows[0] ?? {})[0] ?? '';
/** Cancelled, no lock, no resources, the server ends. */
const uncaught = /^(57|55P03|53|40)/;
const reraised =
  'lock_not_available OR insufficient_resources OR operator_intervention OR transaction_rollback';

/**
 * Names are written out and no operator is used: the block runs in the search path of the
 * statement. Who owns a database or a role may give it a setting of any name: what tells of an
 * error is emptied first.
 */
function blockOf(attempts: readonly (readonly Step[])[]): string {
  const parts = attempts.map((steps, i) => {
    const lines = steps.map(({ sql, values, followedBy, answers }, k) => {
      const using = values?.length
        ? ` USING ${values.map((value) => `${quote(value)}::pg_catalog.text`).join(', ')}`
        : '';
      const whole =
        followedBy === undefined ? quote(sql) : `pg_catalog.concat(${quote(sql)}, ${followedBy})`;
      return answers
        ? `EXECUTE ${whole} INTO answer${using}; PERFORM ` +
            `pg_catalog.set_config('dbintel.answer_${i}_${k}', answer, true);`
        : `EXECUTE ${whole}${using};`;
    });
    return `BEGIN
PERFORM pg_catalog.set_config('dbintel.error_${i}', '', true);
${lines.join('\n')}
EXCEPTION
WHEN ${reraised} THEN RAISE;
WHEN OTHERS THEN PERFORM pg_catalog.set_config('dbintel.error_${i}',
  pg_catalog.concat(SQLSTATE, SQLERRM), true);
END;`;
  });
  return `DO ${quote(`DECLARE answer pg_catalog.text; BEGIN
${parts.join('\n')}
END`)}`;
}

/** By dollars: no character has a meaning inside. */
function quote(text: string): string {
  let tag = '$q$';
  for (let i = 0; text.includes(tag.slice(0, -1)); i += 1) tag = `$q${i}$`;
  return `${tag}${text}${tag}`;
}

const answerNames = (steps: readonly Step[], i: number) =>
  steps.flatMap(({ answers }, k) => (answers ? [`answer_${i}_${k}`] : []));

const outcomesSql = (attempts: readonly (readonly Step[])[]) =>
  `SELECT ${attempts
    .flatMap((steps, i) => [`error_${i}`, ...answerNames(steps, i)])
    .map((name) => `pg_catalog.current_setting('dbintel.${name}', true) AS ${name}`)
    .join(', ')}`;

const readOutcomes = (attempts: readonly (readonly Step[])[], row: Row): Outcome[] =>
  attempts.map((steps, i): Outcome => {
    const error = row[`error_${i}`];
    if (error) return { state: error.slice(0, 5), message: error.slice(5) };
    return { answers: answerNames(steps, i).map((name) => row[name] ?? '') };
  });
