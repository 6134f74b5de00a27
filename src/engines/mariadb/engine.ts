import type { Engine } from '../engine.ts';
import { digestTextsSql } from '../mysql-family/digests.ts';
import { familyDriver } from '../mysql-family/driver.ts';
import { familyStatements } from '../mysql-family/family-statements.ts';
import { openSession } from '../session.ts';
import { healthSql } from './health.ts';
import { factsSql, historySpanSql } from './prerequisites.ts';
import { prerequisitesSql } from './role-sql.ts';
import { mariadb, serverSql } from './variant.ts';
import {
  consumersSql,
  countersSql,
  historySql,
  infoSql,
  processListSql,
  slowLogSql,
} from './workload.ts';

/** MariaDB 10.6–11. */
export function createMariadbEngine(): Engine {
  const driver = familyDriver(mariadb);
  return {
    name: 'mariadb',
    open: (options) => openSession(options, driver),
    prerequisitesSql,
    statements: (target) =>
      familyStatements(target, mariadb, {
        server: serverSql,
        health: [healthSql, 'SHOW REPLICA STATUS'],
        prerequisites: `${factsSql};${historySpanSql}`,
        snapshot: [infoSql, countersSql],
        texts: [
          digestTextsSql(['<digest>']),
          consumersSql,
          historySql('events_statements_history_long', ['<digest>']),
          slowLogSql,
          processListSql,
        ],
        awaited: [],
      }),
  };
}
