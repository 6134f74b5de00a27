import { coverageRest } from '../../model/coverage-words.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { cut } from './words.ts';

/** The lines that `kubectl describe` shows, in its own order of keys. Pure. */
export function summary(status: DatabaseTargetStatus, product: string): Record<string, string> {
  const { lastCycle, coverage, safety, server, advice, prerequisites = [] } = status;
  const { topQueries = [] } = status;
  return {
    ...(server ? { server: `${product} ${server.version}, ${server.role}` } : {}),
    ...(lastCycle ? { lastCycle: lastCycleLine(lastCycle) } : {}),
    ...(coverage ? { coverage: cut(coverageLine(coverage), lineLimit) } : {}),
    ...(safety ? { safety: safetyLine(safety) } : {}),
    ...(advice ? { advice: cut(adviceLine(advice), lineLimit) } : {}),
    ...(prerequisites.length
      ? { prerequisites: cut(prerequisitesLine(prerequisites), lineLimit) }
      : {}),
    ...Object.fromEntries(
      topQueries.map((query, i) => [`Query ${i + 1}`, cut(queryLine(query), lineLimit)]),
    ),
  };
}

/** Of a line in the summary; the schema allows 400. */
const lineLimit = 240;

const coverageLine = (coverage: NonNullable<DatabaseTargetStatus['coverage']>) =>
  `explained ${coverage.explained}, ` +
  `accounted for ${coverage.accountedFor ?? coverage.explained} of database time` +
  coverageRest(coverage);

const safetyLine = (safety: NonNullable<DatabaseTargetStatus['safety']>) =>
  [
    `timeout ${safety.statementTimeout} (adapted)`,
    `circuit ${circuitLine(safety)}`,
    `brake ${safety.brake}`,
    `database time used ${safety.databaseTimeUsed}`,
  ].join(', ');

/** `3 proposals save 41% of database time: create index …; plans agree: 41 of 42; as of …`. */
function adviceLine({
  at,
  agreement,
  open,
  saves,
  first,
  problem,
}: NonNullable<DatabaseTargetStatus['advice']>): string {
  const many = open === 1 ? '1 proposal' : `${open} proposals`;
  const save = saves ? ` would save ${saves} of database time` : '';
  return [
    problem ?? (open === 0 ? 'no proposals' : `${many}${save}${first ? `: ${first}` : ''}`),
    agreement && `plans agree: ${agreement}`,
    `as of ${at.slice(0, 16)}Z`,
  ]
    .filter(Boolean)
    .join('; ');
}

const lastCycleLine = ({
  at,
  outcome,
  reason,
  duration,
  explained,
  selected,
}: NonNullable<DatabaseTargetStatus['lastCycle']>) =>
  `${at.slice(11, 19)} ${outcome}${reason ? ` ${reason}` : ''}` +
  (selected > 0 || outcome === 'collected'
    ? ` after ${duration}; ${explained} of ${selected} explained`
    : '');

/** `open (statement_timeout; next attempt at 14:32:10)`. */
const circuitLine = ({ circuit, cause, nextTry }: NonNullable<DatabaseTargetStatus['safety']>) =>
  nextTry
    ? `${circuit} (${cause ? `${cause}; ` : ''}next attempt at ${nextTry.slice(11, 19)})`
    : circuit;

function prerequisitesLine(all: NonNullable<DatabaseTargetStatus['prerequisites']>): string {
  const count = (verdict: string) => all.filter((each) => each.verdict === verdict).length;
  const open = all
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ name, observed }) => `${name} (${observed ?? ''})`);
  const warnings = `${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}`;
  return `${count('failed')} failed, ${warnings}${open.length ? `: ${open.join(', ')}` : ''}`;
}

/** `31%  SELECT …  12.4 ms  ph2:9c41e0…  full-scan, misestimate`. */
function queryLine({
  share,
  text,
  fingerprint,
  mean,
  plan,
  code,
  findings,
}: NonNullable<DatabaseTargetStatus['topQueries']>[number]): string {
  const known = plan ? `plan ${plan.slice(0, 12)}` : (code ?? 'no plan yet');
  const shown = cut(text || `(text not read) ${fingerprint}`, 120);
  const found = findings.length ? `  findings: ${findings.join(', ')}` : '';
  return `${share}  ${shown}  ${mean}  ${known}${found}`;
}
