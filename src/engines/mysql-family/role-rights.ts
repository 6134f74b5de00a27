import { AppError } from '../../base/errors.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { serverErrno } from './errors.ts';

/** The row's `active_role` is CURRENT_ROLE(). */
export interface RoleWords {
  /** Rights of active roles, and of roles that these have; no right is needed to ask. */
  sql: string;
  /** One of these shows how far a replica is behind. */
  monitors: readonly string[];
}

/**
 * Of roles no catalog tells whoever may not read the accounts, and what is made for people by a
 * cloud has its rights by one. The row of the checks, with their global rights as well.
 */
export async function withRoleRights(
  control: Connection,
  row: Row,
  { sql, monitors }: RoleWords,
  timeout_ms: number,
): Promise<Row> {
  if (!hasRole(row)) return row;
  const grants = await control.query(sql, timeout_ms).catch((error: unknown) => {
    // Dropped since this session began.
    if (error instanceof AppError && serverErrno(error.cause) !== undefined) return [];
    throw error;
  });
  const rights = globalRightsIn(grants);
  return {
    ...row,
    own_rights: row['global_rights'] ?? null,
    global_rights: [...new Set([...rightsOf(row), ...rights])].join(','),
    ...(rights.some((right) => monitors.includes(right)) ? { may_monitor: '1' } : {}),
  };
}

export const hasRole = (row: Row): boolean => !/^(?:NONE)?$/.test(row['active_role'] ?? '');

export const rightsOf = (row: Row, column = 'global_rights'): string[] =>
  (row[column] ?? '').split(',').filter(Boolean);

/** ``GRANT SELECT, SUPER ON *.* TO `boss`@`%` ``. */
const globalRightsIn = (grants: readonly Row[]): string[] =>
  grants
    .flatMap((row) => Object.values(row))
    .flatMap(
      (grant) => /^GRANT ([A-Z_, ]+) ON \*\.\* TO /.exec(grant ?? '')?.[1]?.split(/, ?/) ?? [],
    );
