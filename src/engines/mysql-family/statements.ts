import { parseDuration } from '../../base/quantity.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import { type Purpose, type SentStatement, statementList } from '../statement-list.ts';
import { releaseSql } from './explain.ts';
import { factsStatements } from './facts/read-facts.ts';
import { controlSettings } from './identity.ts';
import { procedureStatements } from './procedure.ts';
import { rightsStatement } from './rights.ts';
import { otherSamplesSql } from './samples.ts';
import { databasesSql } from './surroundings.ts';
import { helloSql, readServer, type Variant } from './variant.ts';

/** Every statement that a cycle sends, in order; then those of index advice, where it is on. */
export function familyStatements({ spec }: Target, variant: Variant): SentStatement[] {
  const { statements: own } = variant;
  const direct = spec.explain.via === 'direct';
  const limit_ms = parseDuration(spec.safety.statementTimeout.max);
  const newest = readServer({ version: '99.0', connection: '1' });
  const procedures: Purpose[] = [
    ['are the procedures there', procedureStatements.routinesSql],
    ['check the definer’s privileges', procedureStatements.rightsSql],
    variant.runsWhilePlanning && ['which views does it see', procedureStatements.viewsSql],
  ];
  const tables: Purpose[] = [
    [
      'before planning: tables, their indexes and columns',
      ...factsStatements(variant, newest.version),
    ],
    variant.explainsWrites && ['before planning a write: our rights', rightsStatement],
  ];
  return statementList([
    ['identify the server', helloSql],
    ['identify the server (and detect a proxy)', variant.serverSql],
    ['session timeouts and keepalives', controlSettings],
    ['in a cluster whose reads wait for its members', variant.readsAtOnceSql],
    ['limit of what follows', variant.timeoutSql(Math.max(1_000, limit_ms))],
    ['server lock', "SELECT GET_LOCK('dbintel', 0), IS_USED_LOCK('dbintel'), …"],
    ['health', ...own.health],
    ['prerequisites', own.prerequisites],
    ...(direct ? [] : procedures),
    ['counters, without texts', ...own.snapshot],
    ['texts of selected statements', ...own.texts],
    ['before planning what calls a function that few servers have', variant.loadable.sql],
    ['before planning: tables that someone waits to lock', ...own.awaited],
    ...(direct ? tables : []),
    ['the second connection: the same server?', variant.instanceSql],
    ['second connection: limits', variant.workerSettings(newest), variant.timeoutSql(limit_ms)],
    [
      'each selected statement',
      direct ? 'USE <database>; EXPLAIN FORMAT=JSON <statement>' : procedureStatements.explain,
    ],
    ['after one whose values find no row: others', otherSamplesSql('<digest>', '<database>')],
    ['after one that reads a view', releaseSql],
    direct && ['after one that reads a whole table: was an index unusable?', 'SHOW WARNINGS'],
    direct &&
      variant.explainsWrites && [
        'around each INSERT, UPDATE, DELETE',
        'START TRANSACTION READ WRITE; …; ROLLBACK',
      ],
    ['only what takes too long', direct ? 'KILL QUERY <thread>' : procedureStatements.kill],
    spec.advice.mode !== 'disabled' && [
      'index advice, once a run: which databases there are, and who replicates the server',
      databasesSql,
      variant.indexes.replicasSql,
    ],
  ]);
}
