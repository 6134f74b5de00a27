import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { carryOut, takeBack } from '../app/carry-out.ts';
import type { ChangeState } from '../app/change-state.ts';
import { changeStore, findChange } from '../app/change-store.ts';
import { type ApplyWorld, builderCredentials } from '../app/change-world.ts';
import { stopsAround } from '../app/collect-once.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { rehearseChange } from '../app/rehearse-change.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { systemClock } from '../base/node/clock.ts';
import { formatTime } from '../base/quantity.ts';
import { readConfig } from '../config.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { listManifestFiles, readManifestFile } from '../targets/files/read-folder.ts';
import { exitCodes, WrongUse } from './command.ts';
import { type Named, nextCommand, nextLine } from './next-command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel apply ID --credentials FOLDER [--dry-run] [--targets DIR]
                     [--data DIR] [--json]

Carries out a change of an index that \`dbintel approve\` has approved: CREATE or DROP INDEX
CONCURRENTLY, marked as ours, tried three times at most, nothing invalid left behind. Run it again
after a day: it then says from the history whether the change did what it is for, and takes it back
where something got slower. Interrupted (Ctrl-C, SIGTERM, a closed terminal), it ends the build and
removes what is left of it; killed, the server goes on. Run it again: it finds out.

  --credentials DIR  files username and password of a role that owns the table
  --dry-run          the SQL, and what is against it now; nothing is changed
  --targets DIR      manifests (DBINTEL_TARGETS, default targets)
  --data DIR         of the program that collects (DBINTEL_DATA, default .dbintel)
  --json             one JSON document

Exit codes: 0 in force or kept, 1 it is not, 2 wrong use, 3 something could not be reached.
`;

const options = {
  credentials: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  targets: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const run = (args: string[]): Promise<number> =>
  onChange(args, help, async (world, id, { json, dryRun, named }) => {
    if (dryRun) return rehearse(world, id, { json, named });
    const state = await carryOut(world, id);
    return concluded(state, ['Hidden', 'Observing', 'Kept'], { json, named });
  });

/** `dbintel rollback` is the same with another end. */
export const runRollback = (args: string[], usage: string): Promise<number> =>
  onChange(args, usage, async (world, id, asked) =>
    concluded(await takeBack(world, id), ['RolledBack', 'Withdrawn'], asked),
  );

interface Asked {
  json: boolean;
  dryRun: boolean;
  named: Named;
}

const unbegun: ReadonlySet<string> = new Set(['Proposed', 'Withdrawn']);

/** With these it ends, and says so itself. */
const concluding: ReadonlySet<string> = new Set(['Observing', 'Kept', 'RolledBack', 'Withdrawn']);

function concluded(
  state: ChangeState,
  good: readonly string[],
  { json, named }: Pick<Asked, 'json' | 'named'>,
): number {
  const next = nextCommand(state, named);
  if (json) terminal.json({ ...state, ...(next ? { next } : {}) });
  else terminal.out(`${state.phase}: ${state.why}${next ? `\n${nextLine(next, state)}` : ''}`);
  return good.includes(state.phase) ? exitCodes.done : exitCodes.no;
}

async function rehearse(
  world: ApplyWorld,
  id: string,
  { json, named }: Pick<Asked, 'json' | 'named'>,
): Promise<number> {
  const { apply, rollback, against, state, seen } = await rehearseChange(world, id);
  const next = nextCommand(state, named);
  const there =
    seen.kind === 'present'
      ? `there${seen.valid ? '' : ', invalid'}${seen.hidden ? ', hidden' : ''}, ${seen.whose}`
      : seen.kind;
  if (json)
    terminal.json({ apply, rollback, index: there, against, state, ...(next ? { next } : {}) });
  else
    terminal.out(
      [
        'would be sent:',
        ...apply.map((sql) => `  ${sql}`),
        'takes it back:',
        ...rollback.map((sql) => `  ${sql}`),
        `the index is ${there}; ${state.approved ? 'approved' : 'not approved'}`,
        // What its phase says of approval is from before it was given.
        ...(state.approved && unbegun.has(state.phase)
          ? ['it has not begun']
          : [`${state.phase} since ${formatTime(state.since)}: ${state.why}`]),
        ...(against.length
          ? against.map((each) => `against it now: ${each}`)
          : ['nothing is against it now']),
        ...(next ? [nextLine(next)] : []),
      ].join('\n'),
    );
  return state.approved && against.length === 0 ? exitCodes.done : exitCodes.no;
}

/** Ctrl-C, whoever supervises it, and a terminal that is closed: nobody would watch the build. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function onChange(
  args: string[],
  usage: string,
  act: (world: ApplyWorld, id: string, asked: Asked) => Promise<number>,
): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [id, ...more] = positionals;
  if (id === undefined || more.length) throw new WrongUse('name one change by its ID', usage);
  if (values.credentials === undefined)
    throw new WrongUse('--credentials names a folder with the login of an owner', usage);
  const interrupt = new AbortController();
  for (const signal of endings)
    process.once(signal, () => interrupt.abort(new AppError('program_ending', 'interrupted')));
  const history = await openKeptHistory(values.data);
  try {
    const world = await worldOf(
      id,
      { ...values, credentials: values.credentials },
      history,
      interrupt.signal,
    );
    const { credentials, targets, data, json, 'dry-run': dryRun } = values;
    return await act(world, id, { json, dryRun, named: { credentials, targets, data } });
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
        login: values.credentials,
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
  throw new AppError(
    'not_found',
    `no manifest in ${targets} is of the target ${wanted.name}; name its folder with --targets`,
  );
}
