import { parseArgs } from 'node:util';
import { adviseFromFile } from '../app/advise-once.ts';
import { type ChangeState, changeStateOf, endedWords } from '../app/change-state.ts';
import { changeStore, sentFor } from '../app/change-store.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { AppError } from '../base/errors.ts';
import { parseSize, sizePattern } from '../base/quantity.ts';
import { readConfig } from '../config.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { readManifestFile } from '../targets/files/read-folder.ts';
import { chooseTarget } from './choose-target.ts';
import { exitCodes, meantBy, WrongUse } from './command.ts';
import { approveCommand, nextCommand, nextLine } from './next-command.ts';
import { proposalLines, runLines, stageLine } from './present-advice.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel advise TARGET.yaml [--target NAMESPACE/NAME] [--budget 2GiB]
                      [--values none|statistics] [--data DIR] [--json]
       dbintel advise show ID [--data DIR] [--json]

Which indexes the server should have, all statements considered together: from the history that
\`dbintel standalone\` keeps of the target, and one look at the server's catalogs, in turn with its
cycles. Plans are made by a planner of our own beside the program; the server plans and builds
nothing. It takes some seconds to minutes, and 450 MB while it runs. What is advised is kept.

  --target NS/NAME   which one, where the file has several
  --budget SIZE      how much all that is advised may take on disk together: 500Mi, 2GiB; without
                     it what spec.advice.budget says
  --values WHAT      statistics: also use the most common values and histograms of columns, which
                     stay in memory for the length of the run; none: no value is read
  --data DIR         of the program that collects (DBINTEL_DATA, default .dbintel); or its
                     DBINTEL_HISTORY_URL
  --json             one JSON document

show tells all of one proposal: its SQL, what takes it back, who gains, who pays, and on what it
stands.

Exit codes: 0 there is advice, 1 there is none, or the answer is no, 2 wrong use, 3 the database or
the history could not be reached.
`;

const options = {
  target: { type: 'string' },
  budget: { type: 'string' },
  values: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [first, second, ...more] = positionals;
  if (first === 'show' && second !== undefined && more.length === 0)
    return show(second, values.data, values.json);
  const wish = wishOf(values);
  if (first === 'show') throw new WrongUse('show takes the ID of one proposal', help);
  if (first === undefined || second !== undefined)
    throw new WrongUse(`name one file with a target${meantBy(first ?? '', ['show'])}`, help);
  if (!wish) throw new WrongUse('--budget takes a size, --values none or statistics', help);
  return advise(first, { ...values, ...wish });
}

interface Wish {
  over: { budgetBytes?: number; values?: 'none' | 'statistics' };
}

/** `2GiB` as well as `2Gi`. Undefined: one of them is nothing that can be meant. */
function wishOf({ budget, values }: { budget?: string; values?: string }): Wish | undefined {
  const size = budget?.replace(/i?B$/, 'i');
  if (size !== undefined && !new RegExp(sizePattern).test(size)) return undefined;
  if (values !== undefined && values !== 'none' && values !== 'statistics') return undefined;
  return {
    over: {
      ...(size === undefined ? {} : { budgetBytes: parseSize(size) }),
      ...(values === undefined ? {} : { values }),
    },
  };
}

async function advise(
  path: string,
  asked: Wish & { target?: string; data?: string; json: boolean },
): Promise<number> {
  const target = chooseTarget(await readManifestFile(path), asked.target);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new AppError('program_ending', 'interrupted')));
  const history = await openKeptHistory(asked.data);
  try {
    const { run: made } = await adviseFromFile(target, path, {
      history,
      dataFolder: readConfig({ DBINTEL_DATA: asked.data }).DBINTEL_DATA,
      over: asked.over,
      tell: (stage) => terminal.progress(`${targetLabel(target)}: ${stageLine(stage)} …`),
      interrupt,
    });
    terminal.progress('');
    const found = await Promise.all(made.proposals.map(({ id }) => history.proposal(id)));
    const kept = found.flatMap((each) => each ?? []);
    if (asked.json) terminal.json({ ...made, proposals: kept });
    else {
      const phases = new Map(kept.map(({ id, state }) => [id, state.phase]));
      terminal.out(runLines(made, terminal.width, { data: asked.data, phases }));
    }
    return made.proposals.length > 0 ? exitCodes.done : exitCodes.no;
  } finally {
    await history.close();
  }
}

async function show(id: string, data: string | undefined, json: boolean): Promise<number> {
  const history = await openKeptHistory(data);
  const { DBINTEL_DATA: dataFolder } = readConfig({ DBINTEL_DATA: data });
  try {
    const kept = await history.proposal(id);
    if (!kept) throw new AppError('not_found', `there is no proposal ${id}`);
    const store = changeStore({ history, dataFolder });
    const found = await store.find(id);
    // Of an index: all that `dbintel apply` sends, our mark included.
    const proposal = found ? { ...kept, ...(await sentFor(found)) } : kept;
    const change = found && changeStateOf(found);
    const before = await store.ended(id);
    const next = change && nextOfShown(change, data);
    if (json)
      return terminal.json({
        ...proposal,
        ...(change ? { stands: change } : {}),
        ...(before.length ? { before } : {}),
        ...(next ? { next } : {}),
      });
    return terminal.out(
      [
        proposalLines(proposal, terminal.width),
        ...(before.length ? ['', ...before.map((each) => `before: ${endedWords(each)}`)] : []),
        ...(next ? ['', nextLine(next)] : []),
      ].join('\n'),
    );
  } finally {
    await history.close();
  }
}

/** Here the content is read, so that its hash may be said. */
const nextOfShown = (change: ChangeState, data: string | undefined): string | undefined =>
  change.approved || change.underWay || change.phase === 'Kept' || change.expired
    ? nextCommand(change, { data })
    : approveCommand(change, { data });
