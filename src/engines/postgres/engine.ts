import { createLru } from '../../base/lru.ts';
import { parseDuration } from '../../base/quantity.ts';
import type { Engine } from '../engine.ts';
import { openSession } from '../session.ts';
import { catalogStatements } from './catalog.ts';
import { postgresDriver } from './driver.ts';
import { functionStatements } from './function-check.ts';
import { functionReaderStatements } from './functions.ts';
import { healthSql } from './health.ts';
import { sessionStatements } from './identity.ts';
import { nameEncodingStatements } from './name-encoding.ts';
import { ready as parserReady } from './parse.ts';
import { prerequisiteStatements } from './prerequisites.ts';
import { extensionRightsSql } from './rehearsal.ts';
import { roleSettingsStatements } from './role-settings.ts';
import { prerequisitesSql } from './role-sql.ts';
import { createStatementCache } from './statement-cache.ts';
import { factsStatements } from './table-facts.ts';
import { samplesSql, textPlacesSql, textsFileSql, textsSql } from './texts.ts';
import { beginSql } from './transaction.ts';
import { countersSql, findExtensionSql } from './workload.ts';

/** Databases, of all targets. */
const soundLimit = 20_000;

/** PostgreSQL 14–18. One per process: it keeps what it learnt about texts. */
export function createPostgresEngine(): Engine {
  const driver = postgresDriver({
    statements: createStatementCache(),
    sound: createLru(soundLimit),
  });
  return {
    name: 'postgres',
    async open(options) {
      await parserReady;
      return openSession(options, driver);
    },
    prerequisitesSql,
    statements: ({ spec }) => {
      const extension = { schema: 'public', version: '1.11' };
      const begin = beginSql({
        timeout_ms: parseDuration(spec.safety.statementTimeout.max),
        lockTimeout_ms: parseDuration(spec.safety.lockTimeout),
      });
      return [
        { purpose: 'identify the server (and detect a pooler)', sql: sessionStatements.serverSql },
        { purpose: 'session timeouts and keepalives', sql: sessionStatements.controlSql },
        { purpose: 'the second connection: the same server?', sql: sessionStatements.instanceSql },
        { purpose: 'its limits', sql: sessionStatements.workerSql },
        { purpose: 'around every statement below', sql: `${begin}; …; ROLLBACK` },
        { purpose: 'the extension', sql: findExtensionSql },
        { purpose: 'prerequisites', sql: prerequisiteStatements.factsSql },
        { purpose: 'rights on the extension, where counters are refused', sql: extensionRightsSql },
        { purpose: 'server lock', sql: 'SELECT pg_catalog.pg_try_advisory_lock(…)' },
        { purpose: 'health', sql: healthSql },
        { purpose: 'counters, without texts', sql: countersSql(extension) },
        { purpose: 'texts of selected statements', sql: textsSql(extension) },
        { purpose: 'how large the texts are, where granted', sql: textsFileSql },
        { purpose: 'where else texts can be read, if not here', sql: textPlacesSql },
        { purpose: 'running texts of selected statements', sql: samplesSql },
        ...Object.entries({
          ...roleSettingsStatements,
          ...nameEncodingStatements,
          ...catalogStatements,
          ...factsStatements,
        }).map(([name, sql]) => ({
          purpose: `before planning: ${name.replace(/Sql$/, '')}`,
          sql,
        })),
        ...(spec.explain.via === 'function'
          ? [
              {
                purpose: 'prerequisites: whose functions are wanted',
                sql: functionReaderStatements.pairsSql(extension),
              },
              { purpose: 'before planning: the functions', sql: functionStatements.functionsSql },
              { purpose: 'each selected statement', sql: functionStatements.call },
            ]
          : [
              {
                purpose: 'each selected statement',
                sql: 'EXPLAIN (FORMAT JSON, VERBOSE, SETTINGS, SUMMARY, GENERIC_PLAN) <statement>',
              },
            ]),
      ];
    },
  };
}
