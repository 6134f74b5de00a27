import { parseArgs } from 'node:util';
import { decide } from '../app/change-once.ts';
import { openKeptHistory } from '../app/kept-history.ts';
import { readConfig } from '../config.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel approve ID --hash sha256:… [--reject] [--data DIR]

Says that a change of an index may be carried out, as the user of this machine. The hash is the one
that \`dbintel advise show ID\` prints: it is for exactly that change, and for no other. Nothing
runs by it: \`dbintel apply ID\` does.

  --hash HASH   of what was read
  --reject      it shall not be carried out
  --data DIR    of the program that collects (DBINTEL_DATA, default .dbintel)
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      hash: { type: 'string' },
      reject: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  const [id, ...more] = positionals;
  if (id === undefined || more.length || values.hash === undefined) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  const history = await openKeptHistory(values.data);
  const { DBINTEL_DATA: dataFolder } = readConfig({ DBINTEL_DATA: values.data });
  try {
    const said = {
      id,
      contentHash: values.hash,
      decision: values.reject ? 'Reject' : 'Approve',
    } as const;
    const { approval } = await decide({ history, dataFolder }, said);
    const what = values.reject ? 'rejected' : 'approved';
    return terminal.out(
      `${id}: ${what} by ${approval?.by}${values.reject ? '' : `; next: dbintel apply ${id}`}`,
    );
  } finally {
    await history.close();
  }
}
