import { parseDuration } from '../../base/quantity.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import { type Purpose, type SentStatement, statementList } from '../statement-list.ts';
import { catalogStatements } from './catalog.ts';
import { factsStatements } from './facts-catalog.ts';
import { functionStatements } from './function-check.ts';
import { functionReaderStatements } from './functions.ts';
import { healthSql } from './health.ts';
import { lineageStatements, sessionStatements } from './identity.ts';
import { indexCatalogSql } from './index-list.ts';
import { nameEncodingStatements } from './name-encoding.ts';
import { prerequisiteStatements } from './prerequisites.ts';
import { roleSettingsStatements } from './role-settings.ts';
import { samplesSql } from './samples.ts';
import { surroundingsStatements } from './surroundings.ts';
import { textPlacesSql, textsFileSql, textsSql } from './texts.ts';
import { beginSql } from './transaction.ts';
import { countersSql, findExtensionSql } from './workload.ts';
import { worldAroundStatements } from './world-around.ts';
import { worldIndexStatements } from './world-indexes.ts';
import { worldRelationStatements } from './world-relations.ts';

/** `roleSettings` → `role settings`. */
const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const told = Object.values({
  ...worldRelationStatements,
  ...worldAroundStatements,
  ...worldIndexStatements,
});

/** Every statement that a cycle sends, in order; then those of index advice, where it is on. */
export function postgresStatements({ spec }: Target): SentStatement[] {
  const extension = { schema: 'public', version: '1.11' };
  const begin = beginSql({
    timeout_ms: parseDuration(spec.safety.statementTimeout.max),
    lockTimeout_ms: parseDuration(spec.safety.lockTimeout),
  });
  const beforePlanning = Object.entries({
    ...roleSettingsStatements,
    ...nameEncodingStatements,
    ...catalogStatements,
    ...factsStatements,
  }).map(([name, sql]): Purpose => [`before planning: ${inWords(name.replace(/Sql$/, ''))}`, sql]);
  const planning: Purpose[] =
    spec.explain.via === 'function'
      ? [
          [
            'prerequisites: whose functions are wanted',
            functionReaderStatements.pairsSql(extension),
          ],
          ['before planning: the functions', functionStatements.functionsSql],
          ['each selected statement', functionStatements.call],
        ]
      : [
          [
            'each selected statement',
            'EXPLAIN (FORMAT JSON, VERBOSE, SETTINGS, SUMMARY, GENERIC_PLAN) <statement>',
          ],
        ];
  return statementList([
    ['identify the server (and detect a pooler)', sessionStatements.serverSql],
    ['session timeouts and keepalives', sessionStatements.controlSql],
    ['around every statement below', `${begin}; …; ROLLBACK`],
    ['the extension', findExtensionSql],
    [
      'after each start of the server: whose copy it is, where that may be asked',
      ...lineageStatements,
    ],
    ['server lock', 'SELECT pg_catalog.pg_try_advisory_lock(…)'],
    ['health', healthSql],
    ['prerequisites', prerequisiteStatements.factsSql],
    ['counters, without texts', countersSql(extension)],
    ['texts of selected statements', textsSql(extension)],
    ['how large the texts are, where granted', textsFileSql],
    ['where else texts can be read, if not here', textPlacesSql],
    ['running texts of selected statements', samplesSql],
    ['the second connection: the same server?', sessionStatements.instanceSql],
    ['second connection: limits', sessionStatements.workerSql],
    ...beforePlanning,
    ...planning,
    spec.advice.mode !== 'disabled' && [
      'index advice, once a run: what is told to its planner',
      ...told,
    ],
    spec.advice.mode !== 'disabled' && [
      'index advice, once a run: which indexes there are, and who replicates the server',
      ...Object.values(surroundingsStatements),
      indexCatalogSql,
    ],
  ]);
}
