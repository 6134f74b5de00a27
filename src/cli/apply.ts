import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type ApplyWorld,
  builderCredentials,
  type ChangeState,
  carryOut,
  changeStore,
  findChange,
  rehearseChange,
  takeBack,
} from '../app/change-once.ts';
import { stopsAround } from '../app/collect-once.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { readConfig } from '../config.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { listManifestFiles, readManifestFile } from '../targets/files/read-folder.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel apply ID --credentials FOLDER [--dry-run] [--targets DIR]
                     [--data DIR]

Carries out a change of an index that \`dbintel approve\` has approved: CREATE or DROP INDEX
CONCURRENTLY, marked as ours, tried three times at most, nothing invalid left behind. Run it again
after a day: it then says from the history whether the change did what it is for, and takes it back
where something got slower. Interrupted (Ctrl-C), it ends the build and removes what is left of it;
killed, the server goes on. Run it again: it finds out.

  --credentials DIR  files username and password of a role that owns the table
  --dry-run          the SQL, and what is against it now; nothing is changed
  --targets DIR      manifests (DBINTEL_TARGETS, default targets)
  --data DIR         of the program that collects (DBINTEL_DATA, default .dbintel)

Exit codes: 0 in force or kept, 1 it is not, 2 wrong use, 3 something could not be reached.
`;

const options = {
  credentials: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  targets: { type: 'string' },
  data: { type: 'string' },
} as const;

export const run = (args: string[]): Promise<number> =>
  onChange(args, help, async (world, id, dryRun) => {
    if (dryRun) return rehearse(world, id);
    return concluded(await carryOut(world, id), ['Hidden', 'Observing', 'Kept']);
  });

/** `dbintel rollback` is the same with another end. */
export const runRollback = (args: string[], usage: string): Promise<number> =>
  onChange(args, usage, async (world, id) =>
    concluded(await takeBack(world, id), ['RolledBack', 'Withdrawn']),
  );

/** With these it ends, and says so itself. */
const concluding: ReadonlySet<string> = new Set(['Observing', 'Kept', 'RolledBack', 'Withdrawn']);

function concluded(state: ChangeState, good: readonly string[]): number {
  terminal.out(`${state.phase}: ${state.why}${nextOf(state)}`);
  return good.includes(state.phase) ? exitCodes.done : exitCodes.no;
}

function nextOf({ phase, approvedBy }: ChangeState): string {
  if (phase === 'Hidden') return '; run it again after a week to have it dropped';
  if (phase === 'Observing') return '; run it again after a day to have it judged';
  return phase === 'Proposed' && approvedBy === undefined ? '; first: dbintel approve' : '';
}

async function rehearse(world: ApplyWorld, id: string): Promise<number> {
  const { apply, rollback, against, approved, seen } = await rehearseChange(world, id);
  const there =
    seen.kind === 'present'
      ? `there${seen.valid ? '' : ', invalid'}${seen.hidden ? ', hidden' : ''}, ${seen.whose}`
      : seen.kind;
  terminal.out(
    [
      'would be sent:',
      ...apply.map((sql) => `  ${sql}`),
      'takes it back:',
      ...rollback.map((sql) => `  ${sql}`),
      `the index is ${there}; ${approved ? 'approved' : 'not approved'}`,
      ...(against.length
        ? against.map((each) => `against it now: ${each}`)
        : ['nothing is against it now']),
    ].join('\n'),
  );
  return approved && against.length === 0 ? exitCodes.done : exitCodes.no;
}

async function onChange(
  args: string[],
  usage: string,
  act: (world: ApplyWorld, id: string, dryRun: boolean) => Promise<number>,
): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [id, ...more] = positionals;
  if (id === undefined || more.length || values.credentials === undefined) {
    terminal.err(usage);
    return exitCodes.wrongUse;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new AppError('program_ending', 'interrupted')));
  const history = await openKeptHistory(values.data);
  try {
    const world = await worldOf(
      id,
      { ...values, credentials: values.credentials },
      history,
      interrupt.signal,
    );
    return await act(world, id, values['dry-run']);
  } finally {
    await history.close();
  }
}

async function worldOf(
  id: string,
  values: { credentials: string; targets?: string; data?: string },
  history: ApplyWorld['history'],
  signal: AbortSignal,
): Promise<ApplyWorld> {
  const { DBINTEL_DATA: dataFolder, DBINTEL_TARGETS: targets } = readConfig({
    DBINTEL_DATA: values.data,
    DBINTEL_TARGETS: values.targets,
  });
  const { target: wanted } = await findChange(changeStore({ history, dataFolder }), id);
  const all: { path: string; target: Target }[] = [];
  for (const path of await listManifestFiles(targets))
    for (const target of (await readManifestFile(path)).targets) all.push({ path, target });
  for (const { path, target: found } of all) {
    if (found.uid !== wanted.uid) continue;
    const around = { clock: systemClock, logger: silentLogger, metrics: silentMetrics };
    const store = openFileTargetStore({ ...around, folder: dirname(path), statusFolder: '' });
    try {
      const own = await store.credentials(found, false);
      return {
        history,
        dataFolder,
        target: found,
        credentials: await builderCredentials(values.credentials, own),
        beside: (name) =>
          all.find(({ target: { namespace, name: its } }) => {
            return namespace === found.namespace && its === name;
          })?.target,
        stops: await stopsAround(path, dataFolder),
        readStops: () => stopsAround(path, dataFolder),
        tell({ phase, why }) {
          if (!concluding.has(phase)) terminal.err(`${phase}: ${why}`);
        },
        signal,
      };
    } finally {
      await store.close();
    }
  }
  throw new AppError('not_found', `no manifest in ${targets} is of the target ${wanted.name}`);
}
