import { createLru } from '../../base/lru.ts';
import type { Engine } from '../engine.ts';
import { openSession } from '../session.ts';
import { postgresDdl } from './ddl.ts';
import { postgresDriver } from './driver.ts';
import { createFactsMemories } from './facts-memory.ts';
import { ready as parserReady } from './parse.ts';
import { prerequisitesSql } from './role-sql.ts';
import { createStatementCache } from './statement-cache.ts';
import { postgresStatements } from './statements.ts';

/** Databases, of all targets. */
const soundLimit = 20_000;

/** PostgreSQL 14–18. One per process: it keeps what it learnt about texts. */
export function createPostgresEngine(): Engine {
  const driver = postgresDriver({
    statements: createStatementCache(),
    facts: createFactsMemories(),
    sound: createLru(soundLimit),
  });
  return {
    name: 'postgres',
    async open(options) {
      await parserReady;
      return openSession(options, driver);
    },
    prerequisitesSql,
    statements: postgresStatements,
    async ddl(change, mark) {
      await parserReady;
      return postgresDdl(change, mark);
    },
  };
}
