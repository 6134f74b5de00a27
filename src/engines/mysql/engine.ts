import type { Engine } from '../engine.ts';
import { digestTextsSql } from '../mysql-family/digests.ts';
import { familyDriver } from '../mysql-family/driver.ts';
import { familyStatements } from '../mysql-family/family-statements.ts';
import { openSession } from '../session.ts';
import { healthSql } from './health.ts';
import { factsSql } from './prerequisites.ts';
import { prerequisitesSql } from './role-sql.ts';
import { awaitedSql, mysql, serverSql } from './variant.ts';
import { countersSql, infoSql, momentsSql, textsSql } from './workload.ts';

/** MySQL 8.0–9. */
export function createMysqlEngine(): Engine {
  const driver = familyDriver(mysql);
  return {
    name: 'mysql',
    open: (options) => openSession(options, driver),
    prerequisitesSql,
    statements: (target) =>
      familyStatements(target, mysql, {
        server: serverSql,
        health: [healthSql, 'SHOW REPLICA STATUS'],
        prerequisites: factsSql,
        snapshot: [
          infoSql,
          countersSql,
          momentsSql([{ database: '<database>', digest: '<digest>' }]),
        ],
        texts: [textsSql(['<digest>']), digestTextsSql(['<digest>'])],
        awaited: [awaitedSql],
      }),
  };
}
