import { parseArgs } from 'node:util';
import { indexesOf } from '../app/indexes-of.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { systemClock } from '../base/node/clock.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { readManifestFile } from '../targets/files/read-folder.ts';
import { chooseTarget } from './choose-target.ts';
import { exitCodes, WrongUse } from './command.ts';
import { indexLines } from './present-indexes.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel indexes TARGET.yaml [--target NAMESPACE/NAME] [--could-go]
                       [--data DIR] [--json]

Every index of a target as the last look had it, the largest first: what it takes, who reads it, on
each replica that spec.advice.replicas names, why it could go or has to stay, and what is advised of
it. A run of the advisor looks (\`dbintel advise\`, or once a day with spec.advice.mode: propose);
here no server is asked.

  --target NS/NAME   which one, where the file has several
  --could-go         only those that are redundant, unused or invalid
  --data DIR         of the program that collects (DBINTEL_DATA, default .dbintel); or its
                     DBINTEL_HISTORY_URL
  --json             one JSON document

Exit codes: 0 there are some, 1 there are none, 2 wrong use, 3 the history could not be reached.
`;

/** As many as an engine lists. */
const mostIndexes = 20_000;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      target: { type: 'string' },
      'could-go': { type: 'boolean', default: false },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new WrongUse('name one file with a target', help);
  const target = chooseTarget(await readManifestFile(path), values.target);
  const history = await openKeptHistory(values.data);
  try {
    const { advice } = target.spec;
    const clock = systemClock;
    const found = await indexesOf(target, advice, mostIndexes, { history, clock });
    const items = values['could-go']
      ? found.items.filter(({ flags }) => flags.length)
      : found.items;
    if (values.json) terminal.json({ ...found, items });
    else
      terminal.out(
        indexLines({ ...found, items }, targetLabel(target), clock.now(), terminal.width),
      );
    return items.length > 0 ? exitCodes.done : exitCodes.no;
  } finally {
    await history.close();
  }
}
