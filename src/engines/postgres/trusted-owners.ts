/**
 * Whose code is trusted, as SQL: by the owner of the function and of the operator, and by nothing
 * else: not by the name, the schema, or the extension it belongs to.
 */

/**
 * Roles whose functions we let run: the server's first superuser, superusers, and the admin role of
 * a managed service where the service's own superuser exists, which nobody but a superuser can
 * create.
 */
export const owners = `owners AS MATERIALIZED (
  SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.oid = 10 OR r.rolsuper OR EXISTS (
    SELECT FROM (VALUES ('rds_superuser', 'rdsadmin'), ('cloudsqlsuperuser', 'cloudsqladmin'),
      ('azure_pg_admin', 'azuresu')) service (admin, super)
    JOIN pg_catalog.pg_roles a ON a.rolname = service.admin
      JOIN pg_catalog.pg_roles s ON s.rolname = service.super AND s.rolsuper
    WHERE pg_catalog.pg_has_role(r.oid, a.oid, 'MEMBER')))`;

export const ownedByTrusted = (owner: string) => `${owner} IN (SELECT oid FROM owners)`;
/**
 * What the server itself makes for a type, and gives to the type's owner; the functions of the type
 * are followed.
 */
const constructor = `(p.prosrc LIKE '%range\\_constructor_' AND p.proconfig IS NULL AND p.prolang =
  (SELECT l.oid FROM pg_catalog.pg_language l WHERE l.lanname = 'internal'))`;
export const trustedFunction = (allowed: string) =>
  `(${ownedByTrusted('p.proowner')} OR ${constructor}
    OR (pn.nspname || '.' || p.proname) = ANY (${allowed}::text[]))`;

const foreign = (from: string, owner: string) =>
  `EXISTS (SELECT FROM pg_catalog.${from} = n.oid AND NOT ${ownedByTrusted(owner)})`;

/** All in schema n is of trusted owners, and nobody else may create there. */
export const closedSchema = `NOT (
  NOT ${ownedByTrusted('n.nspowner')}
  OR EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE'
    AND NOT ${ownedByTrusted('a.grantee')})
  OR ${foreign('pg_proc x WHERE x.pronamespace', 'x.proowner')}
  OR ${foreign('pg_operator x WHERE x.oprnamespace', 'x.oprowner')}
  OR ${foreign('pg_type x WHERE x.typnamespace', 'x.typowner')}
  OR ${foreign('pg_class x WHERE x.relnamespace', 'x.relowner')})`;
