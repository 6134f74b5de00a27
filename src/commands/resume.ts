import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { readConfig } from '../config.ts';
import { openSqliteState } from '../state/sqlite/sqlite-state.ts';
import { exitCodes } from './command.ts';
import { describe } from './stop.ts';
import { liftStops } from './stops.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel resume (ID | --all) [--data DIR] [--json]

Lifts one emergency stop, or all of them. \`dbintel stop --list\` shows them.
Exit code 1: there was nothing to lift.
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { all: { type: 'boolean' }, data: { type: 'string' }, json: { type: 'boolean' } },
  });
  if (values.all ? positionals.length !== 0 : positionals.length !== 1) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  const { DBINTEL_DATA: data } = readConfig({ DBINTEL_DATA: values.data });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const state = openSqliteState(join(data, 'state.db'), systemClock);
  try {
    const lifted = await liftStops(state, positionals[0]);
    if (values.json) terminal.json(lifted);
    else terminal.out(lifted.length ? lifted.map((stop) => `resumed ${describe(stop)}`).join('\n') : 'there was nothing to resume');
    return lifted.length ? exitCodes.done : exitCodes.no;
  } finally {
    await state.close();
  }
}
