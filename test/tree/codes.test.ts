import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allCodes, type Code } from '../../src/base/codes.ts';

/** Where each code is produced by what it is for, and not by a test that names it. */
const producedIn: Record<Code, string> = {
  insufficient_privilege: 'test/integration/postgres-rights.test.ts',
  explain_function_missing: 'test/integration/postgres-function.test.ts',
  session_setting_missing: 'test/integration/postgres-function.test.ts',
  undefined_relation: 'test/support/hazards/postgres-texts.ts',
  ambiguous_schema: 'test/integration/tenant-schemas.test.ts',
  not_explainable_statement: 'test/support/engine-kits/postgres.ts',
  untrusted_function: 'test/integration/trust-cases.test.ts',
  remote_estimate: 'test/support/hazards/postgres-servers.ts',
  parameter_type_unknown: 'test/support/hazards/postgres-functions.ts',
  no_sample: 'test/support/engine-kits/mysql-family.ts',
  text_unreadable: 'test/integration/postgres-texts.test.ts',
  texts_too_large: 'test/integration/postgres-texts.test.ts',
  degenerate_plan: 'test/integration/mysql-samples.test.ts',
  truncated_text: 'test/support/hazards/family-texts.ts',
  unparsable: 'test/support/hazards/postgres-texts.ts',
  server_lost: 'src/collection/explain-together.test.ts',
  catalog_inconsistent: 'test/support/hazards/postgres-servers.ts',
  not_selected: 'src/collection/report.test.ts',
  below_minimum: 'test/integration/mysql-meaning.test.ts',
  excluded: 'src/collection/eligibility.test.ts',
  blackout: 'src/safety/gate.test.ts',
  digest_table_full: 'test/support/hazards/family-statistics.ts',
  secret_unavailable: 'test/integration/kubernetes.test.ts',
  duplicate_target: 'test/e2e/status.test.ts',
  statement_timeout: 'test/support/hazards/postgres-functions.ts',
  lock_timeout: 'test/support/hazards/postgres-locks.ts',
  recovery_conflict: 'test/integration/standby.test.ts',
  too_large: 'test/support/hazards/postgres-texts.ts',
  too_many_relations: 'test/support/hazards/postgres-locks.ts',
  rate_limited: 'test/integration/connecting.test.ts',
  budget_spent: 'test/integration/turns.test.ts',
  brake_replication_lag: 'test/integration/standby.test.ts',
  brake_active_sessions: 'src/safety/health-brake.test.ts',
  brake_connections: 'src/safety/health-brake.test.ts',
  brake_lock_waiters: 'src/safety/health-brake.test.ts',
  brake_slowdown: 'src/collection/check-server.test.ts',
  brake_role_change: 'test/integration/standby.test.ts',
  circuit_open: 'test/integration/turns.test.ts',
  emergency_stop: 'test/integration/cut-short.test.ts',
  suspended: 'test/e2e/standalone.test.ts',
  locked_by_peer: 'test/integration/turns.test.ts',
  fenced: 'test/integration/kubernetes.test.ts',
  ownership_lost: 'test/integration/cut-short.test.ts',
  target_deleted: 'src/controller/controller.test.ts',
  program_ending: 'test/integration/cut-short.test.ts',
  cycle_timeout: 'test/integration/cut-short.test.ts',
  library_fault: 'test/e2e/hostile.test.ts',
  pooled_connection: 'test/support/hazards/postgres-connections.ts',
  several_servers: 'test/integration/postgres-servers.test.ts',
  connection_failed: 'test/support/hazards/postgres-connections.ts',
  authentication_failed: 'test/integration/connecting.test.ts',
  tls_failed: 'test/integration/connecting.test.ts',
  unsupported_version: 'test/support/hazards/family-connections.ts',
  prerequisite_missing: 'test/support/hazards/family-statistics.ts',
  server_in_recovery: 'test/integration/standby.test.ts',
  invalid_manifest: 'src/targets/kubernetes/projection.test.ts',
  invalid_config: 'src/config.test.ts',
  coordination_failed: 'test/integration/hostile-backends.test.ts',
  cluster_failed: 'test/integration/hostile-backends.test.ts',
  not_collected: 'src/controller/status/between-cycles.test.ts',
  not_found: 'test/e2e/standalone.test.ts',
  verdict_refused: 'src/http/routes/verdicts.test.ts',
  change_refused: 'src/engines/postgres/ddl.test.ts',
  unplannable: 'test/integration/what-if.test.ts',
  partitions_nested: 'test/integration/executor.test.ts',
  index_budget_spent: 'src/executor/preflight.test.ts',
  replica_unread: 'test/integration/executor-replicas.test.ts',
  replicas_unseen: 'test/integration/executor-replicas.test.ts',
  slot_behind: 'test/integration/executor-replicas.test.ts',
  server_is_replica: 'test/integration/executor-standing.test.ts',
  server_in_cluster: 'test/integration/executor-standing.test.ts',
  replication_unseen: 'test/integration/executor-standing.test.ts',
  plan_differs: 'src/advisor/compare.test.ts',
  value_unknown: 'test/integration/advise-sandbox.test.ts',
  sandbox_refused: 'test/integration/advise-sandbox.test.ts',
  planner_timeout: 'test/integration/what-if.test.ts',
  planner_failed: 'test/integration/what-if.test.ts',
  newer_data: 'test/support/history-migrations.ts',
  disk_full: 'test/integration/history-disk.test.ts',
  file_damaged: 'test/integration/history-disk.test.ts',
  file_unusable: 'test/integration/history-disk.test.ts',
  internal: 'src/collection/explain-selected.test.ts',
};

const sources = execFileSync('git', ['ls-files', 'src'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }));

/** Conditions of a status say it in the spelling of Kubernetes. */
const asReason = (code: string) =>
  code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

it.each(Object.entries(producedIn))('%s is produced in %s', (code, file) =>
  expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`\\b(?:${code}|${asReason(code)})\\b`)),
);

/** The table itself, and lists that only sort codes. */
const sorting = [
  'src/base/codes.ts',
  'src/base/advice-codes.ts',
  'src/safety/failure-memory.ts',
  'src/collection/outcome.ts',
];

it('every code of the table is produced by the program', () => {
  const said = sources.filter(({ file }) => !sorting.includes(file));
  const unsaid = allCodes.filter((code) => !said.some(({ text }) => text.includes(`'${code}'`)));
  expect(unsaid).toEqual([]);
});

it('a cycle that ends for a stop was stopped by one: nothing else says so', () => {
  const made = /(?:AppError\(\s*|reason: )'emergency_stop'/;
  const files = sources.filter(({ text }) => made.test(text)).map(({ file }) => file);
  // A check that somebody asks for and a run of advice are no cycles; a stop holds for them, too.
  const others = ['src/app/advice-duty.ts', 'src/app/check-rules.ts'];
  const cycles = ['src/collection/collector.ts', 'src/safety/gate.ts'];
  const lifting = 'src/http/routes/stops.ts';
  expect(files.toSorted()).toEqual([...others, ...cycles, lifting].toSorted());
});
