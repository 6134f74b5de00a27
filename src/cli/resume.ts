import { parseArgs } from 'node:util';
import { openStopPlace } from '../app/stop-place.ts';
import { isMeant } from '../safety/emergency-stop.ts';
import { exitCodes, WrongUse } from './command.ts';
import { describe } from './stop.ts';
import { placeHelp, placeOptions } from './stop-options.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel resume (ID | --all) [WHERE] [--json]

Lifts one emergency stop, or all of them. \`dbintel stop --list\` shows them.
Exit code 1: there was nothing to lift, or something stays in force.

WHERE:
${placeHelp}
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { all: { type: 'boolean' }, json: { type: 'boolean' }, ...placeOptions },
  });
  const [id] = positionals;
  if (values.all ? id !== undefined : positionals.length !== 1)
    throw new WrongUse('name one stop, or say --all', help);
  const place = await openStopPlace(values);
  try {
    const which = id === undefined ? { all: true as const } : { id };
    const lifted = await place.resume(which);
    const stays = (await place.list())
      .filter((stop) => isMeant(stop, which))
      .flatMap((stop) => place.beyond(stop) ?? []);
    if (values.json) terminal.json(lifted);
    else
      terminal.out(
        lifted.length
          ? lifted.map((stop) => `resumed ${describe(stop)}`).join('\n')
          : 'there was nothing to resume',
      );
    if (place.unlisted && lifted.length === 0 && !values.json) terminal.err(place.unlisted);
    if (place.unheard && lifted.length === 0) terminal.err(place.unheard);
    for (const why of stays) terminal.err(`still in force: ${why}`);
    return lifted.length && stays.length === 0 ? exitCodes.done : exitCodes.no;
  } finally {
    await place.close();
  }
}
