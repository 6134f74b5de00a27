import { parseDuration } from '../../base/quantity.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import { columnsSql, factsSql, rightsStatement } from './catalog.ts';
import { releaseSql } from './explain.ts';
import { controlSettings } from './identity.ts';
import { procedureStatements } from './procedure.ts';
import { otherSamplesSql } from './samples.ts';
import { helloSql, readServer, type Variant } from './variant.ts';

/** Every statement that a cycle sends, for people to read. */
export function familyStatements(
  { spec }: Target,
  variant: Variant,
  own: {
    server: string;
    health: string[];
    prerequisites: string;
    snapshot: string[];
    texts: string[];
    awaited: string[];
  },
): { purpose: string; sql: string }[] {
  const direct = spec.explain.via === 'direct';
  const newest = readServer({ version: '99.0', connection: '1' });
  return [
    { purpose: 'identify the server', sql: helloSql },
    { purpose: 'identify the server (and detect a proxy)', sql: own.server },
    { purpose: 'session timeouts and keepalives', sql: controlSettings },
    {
      purpose: 'limit of what follows',
      sql: variant.timeoutSql(Math.max(1_000, parseDuration(spec.safety.statementTimeout.max))),
    },
    { purpose: 'server lock', sql: "SELECT GET_LOCK('dbintel', 0), IS_USED_LOCK('dbintel'), …" },
    ...own.health.map((sql) => ({ purpose: 'health', sql })),
    { purpose: 'prerequisites', sql: own.prerequisites },
    ...(direct
      ? []
      : [
          { purpose: 'are the procedures there', sql: procedureStatements.routinesSql },
          { purpose: 'check the definer’s privileges', sql: procedureStatements.rightsSql },
          ...(variant.runsWhilePlanning
            ? [{ purpose: 'which views does it see', sql: procedureStatements.viewsSql }]
            : []),
        ]),
    ...own.snapshot.map((sql) => ({ purpose: 'counters, without texts', sql })),
    ...own.texts.map((sql) => ({ purpose: 'texts of selected statements', sql })),
    ...own.awaited.map((sql) => ({
      purpose: 'before planning: tables that someone waits to lock',
      sql,
    })),
    ...(direct
      ? [
          {
            purpose: 'before planning: tables',
            sql: factsSql({ schema: '<database>', name: '<table>' }),
          },
          {
            purpose: 'before planning: their columns',
            sql: columnsSql({ schema: '<database>', name: '<table>' }),
          },
          ...(variant.explainsWrites
            ? [{ purpose: 'before planning a write: our rights', sql: rightsStatement }]
            : []),
        ]
      : []),
    { purpose: 'second connection: limits', sql: variant.workerSettings(newest) },
    {
      purpose: 'second connection: limits',
      sql: variant.timeoutSql(parseDuration(spec.safety.statementTimeout.max)),
    },
    {
      purpose: 'each selected statement',
      sql: direct ? 'USE <database>; EXPLAIN FORMAT=JSON <statement>' : procedureStatements.explain,
    },
    {
      purpose: 'after one whose values find no row: others',
      sql: otherSamplesSql('<digest>', '<database>'),
    },
    { purpose: 'after one that reads a view', sql: releaseSql },
    ...(direct
      ? [
          {
            purpose: 'after one that reads a whole table: was an index unusable?',
            sql: 'SHOW WARNINGS',
          },
        ]
      : []),
    ...(direct && variant.explainsWrites
      ? [
          {
            purpose: 'around each INSERT, UPDATE, DELETE',
            sql: 'START TRANSACTION READ WRITE; …; ROLLBACK',
          },
        ]
      : []),
    {
      purpose: 'only what takes too long',
      sql: direct ? 'KILL QUERY <thread>' : procedureStatements.kill,
    },
  ];
}
