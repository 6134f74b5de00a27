import type { CodeEntry } from './code-entry.ts';

/** Why a statement has no plan, by what it is: a part of the table in `codes.ts`. */
export const statementCodes = {
  insufficient_privilege: {
    scope: 'either',
    action: 'human',
    meaning:
      'The role that plans may not read, write or lock a relation, which the detail names with ' +
      'the right, or see the text of the statement.',
    remedy:
      'Run the SQL of `dbintel prerequisites --print-sql`; INSERT, UPDATE, DELETE, MERGE and ' +
      'SELECT … FOR UPDATE want what they write granted, too: accept the gap, or plan without ' +
      'any such right by spec.explain.via: function.',
  },
  explain_function_missing: {
    scope: 'statement',
    action: 'human',
    meaning:
      'The target says explain.via: function, and the role that runs the statement has no ' +
      'function in this database, or one that is not the printed one to the letter.',
    remedy:
      'Run step 4 of `dbintel prerequisites --print-sql --via function --roles <role> ' +
      '--database <database>` there; `dbintel validate --connect` says what is wrong with each. ' +
      'Statements of superusers are never planned this way.',
  },
  session_setting_missing: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'A policy, view or function reads a setting that the application makes in its sessions ' +
      '(`current_setting(…)`), and the role has none of itself: planned in the function of its ' +
      'role, the statement fails.',
    remedy:
      'Give the role a usual value (`ALTER ROLE … SET app.tenant = …`), or read it with ' +
      '`current_setting(…, true)`.',
  },
  undefined_relation: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'A table, column or schema in the statement is not there: it was dropped or renamed, the ' +
      'table is a temporary one, or the text is of a function’s body and names its arguments. Or ' +
      'a function that planning runs names a table without its schema: it is not looked for in ' +
      'the application’s search_path.',
    remedy:
      'Nothing, if it was dropped. It is tried again after an hour, or when the spec changes. A ' +
      'function: write the schema in its body, or use spec.explain.via: function.',
  },
  ambiguous_schema: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Several schemas have the names in the statement, its user’s search_path has not, and none ' +
      'of the hundred largest has the tables that the server counted; or no schema has them all.',
    remedy:
      'Give the application’s role a search_path (`ALTER ROLE … SET search_path`), or qualify ' +
      'names in the statement.',
  },
  not_explainable_statement: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Not a plain SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES, one of which rules make ' +
      'several, or one that this engine cannot plan without risk; the detail says which.',
    remedy: 'Nothing: utility statements have no plan.',
  },
  untrusted_function: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Planning the statement could run code of somebody who is no superuser (a function or ' +
      'operator, named, or reached through a view, policy, index, check, type, cast or operator ' +
      'class), or a function of the server that runs SQL. It would run with the collector’s ' +
      'rights; or, by a function of its own role, through a schema of the role’s search_path ' +
      'into which others may put what the role never called.',
    remedy:
      'Review the function that is named; then name it in spec.safety.allowFunctions, give it ' +
      'to a superuser, or use spec.explain.via: function. Where the detail names a schema: ' +
      '`REVOKE CREATE ON SCHEMA … FROM PUBLIC`, or `ALTER ROLE … SET search_path` to what the ' +
      'application uses.',
  },
  remote_estimate: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'Planning would call another server: a foreign table has use_remote_estimate, or a ' +
      'foreign-data wrapper other than postgres_fdw and file_fdw; or is FEDERATED, SPIDER, ….',
    remedy: 'Set use_remote_estimate to false for the table (PostgreSQL), or accept the gap.',
  },
  parameter_type_unknown: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'The server cannot tell the type of a parameter, and no cast that was tried gives the ' +
      'same statement.',
    remedy: 'Write the cast in the statement (`$1::date`).',
  },
  no_sample: {
    scope: 'statement',
    action: 'retry',
    meaning:
      'The server has no text of the statement that could be explained: its text was lost, or ' +
      'has no values where this engine needs them.',
    remedy:
      'PostgreSQL: where its file of texts was lost, the entry gets a text again after `SELECT ' +
      'pg_stat_statements_reset(userid, dbid, queryid)` for it, with the next execution. MySQL ' +
      'keeps no values of prepared statements. MariaDB: turn on events_statements_history_long; ' +
      '`dbintel validate --connect` has the statement.',
  },
  text_unreadable: {
    scope: 'statement',
    action: 'human',
    meaning:
      'The server has the text but cannot hand it out: one text in its statistics has bytes ' +
      'that the encoding of connection.database does not know, and then it gives none. Running ' +
      'statements are explained all the same.',
    remedy:
      'Where a database has the encoding SQL_ASCII: CREATE EXTENSION pg_stat_statements in it; ' +
      'the texts are read there then. `dbintel validate --connect` prints the statements.',
  },
  texts_too_large: {
    scope: 'statement',
    action: 'human',
    meaning:
      'The server keeps the texts of all statements in one file, which is too large to be read; ' +
      'the size is said where it is known. Running statements are explained all the same.',
    remedy:
      'SELECT pg_stat_statements_reset(); a lower pg_stat_statements.max keeps it small. Or ' +
      'raise safety.limits.texts.',
  },
  degenerate_plan: {
    scope: 'statement',
    action: 'retry',
    meaning:
      'With the values that were seen the server makes no plan, because they find no row or ' +
      'contradict each other (`no matching row`, `Impossible WHERE`). Such a plan is not kept; ' +
      'another text with values is tried.',
    remedy:
      'Nothing, unless the statement always says so: then it has a condition that can never be ' +
      'true.',
  },
  truncated_text: {
    scope: 'statement',
    action: 'wait',
    meaning: 'The server kept only the beginning of the statement’s text.',
    remedy: 'Raise performance_schema_max_sql_text_length (MySQL, MariaDB; needs a restart).',
  },
  unparsable: {
    scope: 'statement',
    action: 'wait',
    meaning:
      'The server’s own parser does not accept the text, even after repair of its parameters; ' +
      'or planning met an error: a wrong value, a damaged table; or what was printed is no plan.',
    remedy: 'Look up the error’s number in the detail; without one, report the statement’s shape.',
  },
  server_lost: {
    scope: 'either',
    action: 'wait',
    meaning:
      'The connection was lost without a word from the server while it planned the statement: ' +
      'the server may have crashed of it; or it was stopped, or the network failed, at that ' +
      'moment. It is not asked about again for a day, or until the spec changes. Of a cycle: it ' +
      'happened with two statements within a day, and for the rest of it none is planned.',
    remedy:
      'Look for a crash in the server’s log, and where there is one exclude the statement by ' +
      'collection.exclude.fingerprints. Else nothing.',
  },
  catalog_inconsistent: {
    scope: 'either',
    action: 'retry',
    meaning:
      'What the server’s own catalogs say did not fit together (SQLSTATE XX000): a table or ' +
      'partition was attached, detached or dropped at that moment; or a catalog is damaged.',
    remedy: 'Nothing, if tables are changed just then. Where it stays, look into the server’s log.',
  },
  not_selected: {
    scope: 'statement',
    action: 'retry',
    meaning: 'The statement waits its turn.',
    remedy: 'Raise collection.maxQueriesPerCycle if coverage grows too slowly.',
  },
  below_minimum: {
    scope: 'statement',
    action: 'retry',
    meaning: 'So far it ran less often than collection.minExecutionCount.',
    remedy: 'Lower collection.minExecutionCount.',
  },
  excluded: {
    scope: 'statement',
    action: 'stop',
    meaning: 'The target’s spec leaves it out.',
    remedy: 'See collection.exclude and databases.exclude.',
  },
} as const satisfies Record<string, CodeEntry>;
