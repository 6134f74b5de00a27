import { say } from '../support/postgres-server.ts';
import { type Acted, act } from './act.ts';
import type { Case, World } from './case.ts';
import { beginCollecting } from './collect.ts';
import { shareCopies } from './copies.ts';
import { runFixes } from './fixes.ts';
import { mysqlStage } from './mysql-stage.ts';
import { postgresStage } from './postgres-stage.ts';
import { type CaseResult, engineOf, type FixRun, type Outcome, type ServerName } from './result.ts';
import type { Settings, Stage } from './stage.ts';

/** One world on one server: copies → defects → statements → the product → what became of each. */
export async function play(
  server: ServerName,
  world: World,
  wanted: (id: string) => boolean,
  withFixes = false,
): Promise<CaseResult[]> {
  const engine = engineOf(server);
  const cases = world.cases(engine).filter(({ id }) => wanted(id));
  if (cases.length === 0) return [];
  const stage = await (engine === 'postgres' ? postgresStage : mysqlStage)(server, world);
  try {
    const results: CaseResult[] = [];
    for (const phase of phasesOf(stage, cases)) {
      await stage.setForAll(phase.settings);
      for (const [it, { outcome, cost, fixes }] of await playPhase(
        server,
        stage,
        phase.cases,
        withFixes,
      ))
        results.push({
          server,
          world: world.name,
          heldOut: world.heldOut,
          case: it.id,
          label: it.label,
          call: it.calls[0] ?? '',
          ...(cost ? { cost } : {}),
          outcome,
          ...(fixes ? { fixes } : {}),
        });
    }
    return results;
  } finally {
    await stage.stop();
  }
}

interface Phase {
  settings: Settings;
  cases: Case[];
}

/** Where settings are of the server, cases with the same ones run together. */
function phasesOf({ engine }: Stage, cases: readonly Case[]): Phase[] {
  if (engine === 'postgres') return [{ settings: {}, cases: [...cases] }];
  const phases = Map.groupBy(cases, ({ settings = {} }) => JSON.stringify(settings));
  return [...phases].map(([settings, each]) => ({ settings: JSON.parse(settings), cases: each }));
}

interface Played {
  outcome: Outcome;
  cost?: Acted['cost'];
  fixes?: FixRun[];
}

async function playPhase(
  server: ServerName,
  stage: Stage,
  cases: readonly Case[],
  withFixes: boolean,
): Promise<Map<Case, Played>> {
  const copies = shareCopies(cases).map((own, i) => ({
    name: `${stage.origin}_${i + 1}`,
    cases: own,
  }));
  const watch = stopwatch();
  const played = new Map<Case, Played>();
  const breaks = (it: Case, error: unknown) =>
    played.set(it, { outcome: { kind: 'broken', message: String(error) } });
  for (const { name, cases: own } of copies) {
    await stage.copy(name, [...new Set(own.flatMap(({ tables }) => tables))]);
    for (const it of own)
      await stage.run(it.inject, name).catch((error: unknown) => breaks(it, error));
  }
  watch.lap('copies made');
  const names = copies.map(({ name }) => name);
  const collection = await beginCollecting(stage, names);
  const acted = new Map<Case, Acted & { database: string }>();
  for (const { name, cases: own } of copies)
    for (const it of own.filter((each) => !played.has(each)))
      await act(stage, name, it).then(
        (done) => acted.set(it, { ...done, database: name }),
        (error: unknown) => breaks(it, error),
      );
  watch.lap('statements run');
  const outcomeOf = await collection.collect();
  watch.lap('collected');
  for (const [it, { ids, cost, database }] of acted)
    played.set(it, { outcome: outcomeOf(database, ids), ...(cost ? { cost } : {}) });
  if (withFixes) {
    const found = [...acted].map(([it, { ids, database }]) => ({
      it,
      database,
      ids,
      outcome: outcomeOf(database, ids),
    }));
    for (const [it, fixes] of await runFixes(stage, collection, found))
      played.set(it, { ...(played.get(it) as Played), fixes });
    watch.lap('fixes run');
  }
  for (const name of names) await stage.drop(name);
  watch.say(`${server} ${stage.origin}: ${cases.length} cases in ${copies.length} copies`);
  return played;
}

function stopwatch() {
  let since = performance.now();
  const laps: string[] = [];
  return {
    lap(what: string) {
      const now = performance.now();
      laps.push(`${what} in ${((now - since) / 1_000).toFixed(1)} s`);
      since = now;
    },
    say: (head: string) => say(`  ${head}: ${laps.join(', ')}`),
  };
}
