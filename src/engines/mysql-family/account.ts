import { quote } from '../../dialects/mysql-family/sql.ts';
import { sqlText } from './sql-text.ts';

/**
 * An account as people write it (`dbintel`, `dbintel@localhost`, `'dbintel'@'%'`), for the SQL that
 * is printed: as it is where that can mean nothing else, quoted where it could. No character of a
 * name ends a statement.
 */
export interface Account {
  /** For CREATE USER, GRANT. */
  name: string;
  /** The user alone, as a value. */
  user: string;
}

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** All of it, an @ within it included. */
const isQuoted = /^(['"`])[^'"`]*\1$/;
/** Between quotes these have no meaning of their own. */
const plainHost = /^[A-Za-z0-9._%:/-]*$/;

export function accountOf(role: string): Account {
  const at = isQuoted.test(role) ? -1 : role.lastIndexOf('@');
  const user = bare(at < 0 ? role : role.slice(0, at));
  const host = at < 0 ? undefined : role.slice(at + 1);
  const name = plain.test(user) ? user : quote(user);
  return {
    name: host === undefined ? name : `${name}@${hostName(host)}`,
    user: plain.test(user) ? `'${user}'` : sqlText(user),
  };
}

function hostName(host: string): string {
  const text = bare(host);
  if (plain.test(host)) return host;
  return plainHost.test(text) ? `'${text}'` : quote(text);
}

/** Without the quotes that somebody has put around it. */
const bare = (text: string): string => /^(['"`])(.*)\1$/s.exec(text)?.[2] ?? text;
