import type { ProductSql } from '../mysql-family/variant.ts';

export const roleSql: ProductSql = {
  heading: `-- Prepares MySQL 8.0–9 for dbintel. Run as an administrator.
-- It creates an account that can read statistics and plan statements, and nothing else: no write,\
 no SUPER, at most four connections.`,
  identified:
    "IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD  -- prints it once; or BY '…'",
  rights: (role) => `GRANT REPLICATION CLIENT ON *.* TO ${role};               -- replicas only:\
 how far they are behind; leave out elsewhere
GRANT SELECT ON mysql.innodb_index_stats TO ${role};       -- how even columns are, sizes of\
 indexes; leave out where you may not grant it`,
  lockedAccount:
    'CREATE USER IF NOT EXISTS $ACCOUNT IDENTIFIED WITH caching_sha2_password ACCOUNT LOCK;',
  writes: true,
};
