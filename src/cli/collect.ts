import { parseArgs } from 'node:util';
import { collectFromFile } from '../app/collect-once.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { durationPattern, formatDuration, parseDuration } from '../base/quantity.ts';
import { readConfig } from '../config.ts';
import { createEngines } from '../engines/index.ts';
import { findingsOf, type PlanBatch } from '../model/batch.ts';
import { isMuted } from '../model/verdict.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { type ManifestFile, readManifestFile } from '../targets/files/read-folder.ts';
import { chooseTarget } from './choose-target.ts';
import { exitCodes, WrongUse } from './command.ts';
import { cycleLine, queryTable, safetyLine } from './present.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel collect TARGET.yaml [--target NAMESPACE/NAME] [--window 30s]
                       [--dry-run] [--json]

Runs one cycle against one database and prints its plans and findings. The Secret may stand in the
same file or folder. Nothing is kept.

  --target NS/NAME   which one, where the file has several
  --window TIME      compare two snapshots this far apart; without it, statements rank by their
                     totals since the statistics began
  --dry-run          print every statement that would be sent, and send none
  --json             one JSON document

Exit codes: 0 plans were collected, 1 none were, 2 wrong use, 3 the database could not be reached.
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      target: { type: 'string' },
      window: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const [path] = positionals;
  if (positionals.length !== 1 || path === undefined)
    throw new WrongUse('name one file with a target', help);
  if (values.window !== undefined && !new RegExp(durationPattern).test(values.window))
    throw new WrongUse(`--window: "${values.window}" is no time such as 30s`, help);
  const file = await readManifestFile(path);
  const target = chooseTarget(file, values.target);
  const engines = createEngines();
  if (values['dry-run'])
    return printStatements(engines[target.spec.engine].statements(target), values.json === true);
  const { batch, prerequisites } = await collect(target, file, values.window);
  if (values.json) terminal.json({ batch, prerequisites: prerequisites ?? [] });
  else print(batch, target);
  return exitCode(batch);
}

async function collect(target: Target, file: ManifestFile, window: string | undefined) {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new AppError('program_ending', 'interrupted')));
  const say = (what: string) => terminal.progress(`${targetLabel(target)}: ${what} …`);
  const seconds = (ms: number) => formatDuration(Math.ceil(ms / 1_000) * 1_000);
  const result = await collectFromFile(target, file.path, readConfig().DBINTEL_DATA, {
    ...(window ? { window_ms: parseDuration(window) } : {}),
    onWaiting: (left_ms) => say(`second snapshot in ${seconds(left_ms)}`),
    onCollecting: () => say('collecting'),
    interrupt,
  });
  terminal.progress('');
  return result;
}

function printStatements(statements: { purpose: string; sql: string }[], json: boolean): number {
  if (json) return terminal.json(statements);
  for (const { purpose, sql } of statements)
    terminal.out(`${terminal.paint(`-- ${purpose}`, 'dim')}\n${sql.trim()};\n`);
  return exitCodes.done;
}

function print(batch: PlanBatch, target: Target): void {
  terminal.out(`${terminal.paint(targetLabel(target), 'bold')}  ${cycleLine(batch)}\n`);
  if (batch.cycle.top.length) terminal.out(`${queryTable(batch.cycle.top, terminal.width)}\n`);
  for (const query of batch.queries) {
    for (const { rule, message, fix } of findingsOf(query).filter((each) => !isMuted(each)))
      terminal.out(
        `${terminal.paint(rule, 'yellow')}  ${query.fingerprint.value}  ${message}\n    ${fix}`,
      );
  }
  for (const { text, fingerprint, result } of batch.queries) {
    if (result.kind === 'refused')
      terminal.out(
        `${terminal.paint(result.code, 'dim')}  ${(text ?? fingerprint.value).slice(0, 70)}` +
          (result.detail ? `  (${result.detail})` : ''),
      );
  }
  if (batch.cycle.outcome.kind === 'collected') terminal.out(`\n${safetyLine(batch.cycle)}`);
}

function exitCode({ cycle }: PlanBatch): number {
  if (cycle.explained > 0) return exitCodes.done;
  const { outcome } = cycle;
  if (outcome.kind !== 'failed') return exitCodes.no;
  return [
    'connection_failed',
    'tls_failed',
    'server_in_recovery',
    'secret_unavailable',
    'authentication_failed',
  ].includes(asAppError(new AppError(outcome.error, '')).code)
    ? exitCodes.unreachable
    : exitCodes.no;
}
