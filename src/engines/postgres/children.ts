/**
 * `oid` of the partitions and children of a relation, for walking down a tree. A leaf is not asked
 * for its own: where one table has nearly all partitions of the database, the server takes every
 * relation for one with thousands, and reads all of pg_inherits for each. `most`: of one parent.
 */
export const childrenOf = (relation: string, most = 'ALL'): string => `(
  SELECT pg_catalog.unnest(CASE WHEN c.relhassubclass THEN ARRAY(SELECT i.inhrelid
    FROM pg_catalog.pg_inherits i WHERE i.inhparent = ${relation} LIMIT ${most}) END) AS oid
  FROM pg_catalog.pg_class c WHERE c.oid = ${relation})`;

/** A table c with partitions or children: what stands on it shares the walk down its tree. */
export const hasTree = "c.relhassubclass AND c.relkind <> 'I'";
