import { mariadb } from '../../src/dialects/mariadb/dialect.ts';
import { mysql } from '../../src/dialects/mysql/dialect.ts';
import { postgres } from '../../src/dialects/postgres/dialect.ts';

/** Plans made by hand, for tests of what is derived from them. */
export const planSource = {
  engineVersion: '18',
  namespace: 'd',
  collectedAt: 0,
  parameters: 'generic' as const,
  fingerprint: { algorithm: 't', value: 'f' },
};
/** A plan as PostgreSQL 18 prints it, from its root node. */
export const planOf = (root: object, top: object = {}) =>
  postgres.readPlan(JSON.stringify([{ Plan: root, ...top }]), planSource);
export const seq = (name: string, extra: object = {}) => ({
  'Node Type': 'Seq Scan',
  Schema: 's',
  'Relation Name': name,
  Alias: name,
  'Startup Cost': 0,
  'Total Cost': 10,
  'Plan Rows': 5,
  'Plan Width': 8,
  ...extra,
});
export const joined = (type: string, outer: object, inner: object, extra: object = {}) => ({
  'Node Type': type,
  'Join Type': 'Inner',
  'Startup Cost': 0,
  'Total Cost': 100,
  'Plan Rows': 5,
  ...extra,
  Plans: [
    { ...outer, 'Parent Relationship': 'Outer' },
    { ...inner, 'Parent Relationship': 'Inner' },
  ],
});

/** A plan as MySQL prints it in format 1, from what stands in its block. */
export const mysqlPlanOf = (block: object) =>
  mysql.readPlan(JSON.stringify({ query_block: { select_id: 1, ...block } }), planSource);
/** The same of MariaDB. */
export const mariadbPlanOf = (block: object) =>
  mariadb.readPlan(JSON.stringify({ query_block: { select_id: 1, ...block } }), planSource);
