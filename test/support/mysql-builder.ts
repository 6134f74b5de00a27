import { builderPassword } from './executor-world.ts';
import type { MysqlServer } from './mysql-server.ts';

/** Which hints run; and, without the right of their own, what MariaDB and MySQL replicate from. */
export const seesStatements = "GRANT SELECT ON performance_schema.* TO 'builder'@'%'";

/**
 * What an executor's account has: rights on the tables, and to see who has them open, and which
 * hints run.
 */
export const builderGrants = [
  "GRANT SELECT, SHOW VIEW, INSERT, ALTER, INDEX, CREATE ON shop.* TO 'builder'@'%'",
  "GRANT PROCESS ON *.* TO 'builder'@'%'",
  seesStatements,
];

/** For the health brake, and what the server replicates from. */
export const ownGrant = {
  mysql: seesStatements,
  mariadb: "GRANT REPLICA MONITOR ON *.* TO 'builder'@'%'",
};

/** On a server where a collector's account is left out of what is counted, as ours says. */
export async function prepareMysqlBuilder(server: MysqlServer, rows: number): Promise<void> {
  await server.sql(`CREATE USER 'builder'@'%' IDENTIFIED BY '${builderPassword}';
CREATE DATABASE shop;
CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer int, total int, note varchar(80));
INSERT INTO shop.orders WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
  WHERE i < 1000) SELECT (a.i - 1) * 1000 + b.i, b.i, a.i, 'some note' FROM n a, n b
  WHERE a.i <= ${rows / 1_000};
ANALYZE TABLE shop.orders;
INSERT INTO performance_schema.setup_actors VALUES ('%', 'collector', '%', 'NO', 'NO');
${[...builderGrants, ownGrant[server.engine]].join(';\n')}`);
}
