import {
  type AdaptiveTimeout,
  currentTimeout,
  freshTimeout,
  onAnswer,
  onTimeout,
} from '../src/safety/adaptive-timeout.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { limits, makeTarget, openSession, prepareServer } from '../test/support/target.ts';
import type { Section } from './harness.ts';

/**
 * EXPLAINs on a server whose planning becomes slow for a while: how many fail with a fixed timeout,
 * how many with the adaptive one.
 */
const bounds = { min_ms: 100, max_ms: 1_000 };
const fixed_ms = 500;
const phases = [
  ...Array<number>(30).fill(5),
  ...Array<number>(30).fill(620),
  ...Array<number>(20).fill(60),
  ...Array<number>(20).fill(780),
  ...Array<number>(20).fill(5),
];

export async function adaptive(): Promise<Section> {
  const server = await startPostgres();
  try {
    await prepareServer(server);
    await server.sql(
      'CREATE TABLE t (a int); CREATE FUNCTION delay() RETURNS int ' +
        "LANGUAGE sql IMMUTABLE AS 'SELECT 1'; GRANT SELECT ON t TO dbintel; " +
        'SELECT pg_stat_statements_reset()',
    );
    await server.sql('SELECT a FROM t WHERE a = delay()');
    await server.sql(
      'CREATE TABLE latency (s float8); INSERT INTO latency VALUES (0); GRANT SELECT ' +
        'ON latency TO dbintel; CREATE OR REPLACE FUNCTION delay() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep((SELECT s ' +
        'FROM public.latency)); RETURN 1; END $$',
    );
    await using session = await openSession(makeTarget({ port: server.port }));
    const { statements } = await session.snapshot();
    const statement = (await session.prepare(statements)).find(({ text }) =>
      text?.includes('WHERE a = delay'),
    );
    if (statement?.kind !== 'ready') throw new Error(JSON.stringify(statement));
    const failures = async (
      timeoutNow: () => number,
      learn: (took: number | undefined) => void,
    ) => {
      let failed = 0;
      for (const latency of phases) {
        await server.sql(`UPDATE latency SET s = ${latency / 1_000}`);
        const answer = await session.explain(statement, { ...limits, timeout_ms: timeoutNow() });
        if (answer.kind === 'refused') failed += 1;
        learn(answer.kind === 'refused' ? undefined : answer.took_ms);
      }
      return failed;
    };
    const withFixed = await failures(
      () => fixed_ms,
      () => undefined,
    );
    let timeout: AdaptiveTimeout = freshTimeout;
    const withAdaptive = await failures(
      () => currentTimeout(timeout, bounds),
      (took) => {
        timeout = took === undefined ? onTimeout(timeout, bounds) : onAnswer(timeout, took);
      },
    );
    return {
      title: 'Adaptive timeout',
      how:
        `${phases.length} EXPLAINs on a real server whose planning takes 5, 620, 60, ` +
        `780 and again 5 ms; fixed at ${fixed_ms} ms against adaptive between ` +
        `${bounds.min_ms} ms and ${bounds.max_ms} ms`,
      rows: [
        ['failed with the fixed timeout', `${withFixed} of ${phases.length}`, ''],
        ['failed with the adaptive timeout', `${withAdaptive} of ${phases.length}`, ''],
        ['change', `−${Math.round(100 * (1 - withAdaptive / withFixed))} %`, '−50 % or better'],
      ],
    };
  } finally {
    await server.stop();
  }
}
