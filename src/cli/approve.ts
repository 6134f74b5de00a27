import { parseArgs } from 'node:util';
import { changeStateOf } from '../app/change-state.ts';
import { decide } from '../app/decide-change.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { userName } from '../base/node/user-name.ts';
import { readConfig } from '../config.ts';
import { exitCodes, WrongUse } from './command.ts';
import { commandLine, nextCommand } from './next-command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel approve ID --hash sha256:… [--again] [--reject] [--data DIR]
                       [--json]

Says that a change of an index may be carried out, as the user of this machine. The hash is the one
that \`dbintel advise show ID\` prints: it is for exactly that change, and for no other. Nothing
runs by it: \`dbintel apply ID\` does.

  --hash HASH   of what was read
  --again       it is meant although it was taken back, failed or was changed by hand before
  --reject      it shall not be carried out
  --data DIR    of the program that collects (DBINTEL_DATA, default .dbintel)
  --json        one JSON document

What is over begins anew by an approval, with all its tries; how it ended before stays on record.
What it stands on must still be valid: else run \`dbintel advise\` on its target first.
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      hash: { type: 'string' },
      reject: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [id, ...more] = positionals;
  if (id === undefined || more.length) throw new WrongUse('name one change by its ID', help);
  if (values.again && values.reject)
    throw new WrongUse('--again approves, --reject does not: say one of them', help);
  if (values.hash === undefined) {
    const read = commandLine(['advise', 'show', id], { data: values.data });
    terminal.err(`dbintel approve: --hash is missing; read what it is for, and its hash: ${read}`);
    return exitCodes.wrongUse;
  }
  const history = await openKeptHistory(values.data);
  const { DBINTEL_DATA: dataFolder } = readConfig({ DBINTEL_DATA: values.data });
  try {
    const decision = values.reject ? 'Reject' : 'Approve';
    const state = changeStateOf(
      await decide(
        { history, dataFolder },
        { id, contentHash: values.hash, decision, again: values.again },
      ),
    );
    const by = userName();
    const next = nextCommand(state, { data: values.data });
    if (values.json)
      return terminal.json({ ...state, decision, by, ...(values.reject ? {} : { next }) });
    if (values.reject) return terminal.out(`${id}: rejected by ${by}`);
    return terminal.out(
      `${id}: approved by ${by}\nnext: ${next}\n` +
        'FOLDER has username and password of a role that owns the table; name the folder of ' +
        'manifests with --targets where it is not the default',
    );
  } finally {
    await history.close();
  }
}
