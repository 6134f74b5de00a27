import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { readConfig } from '../config.ts';
import { describeScope, type Stop } from '../safety/emergency-stop.ts';
import { openSqliteState } from '../state/sqlite/sqlite-state.ts';
import { exitCodes } from './command.ts';
import { listStops, publishStop } from './stops.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel stop (--all | --namespace NS | --target NS/NAME | --list) [--reason TEXT] [--data DIR] [--json]

Emergency stop. Within two seconds the program that uses this data folder cancels what runs on the servers and starts nothing new.
It holds until \`dbintel resume\`, also over restarts; it works where the API does not answer.
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      all: { type: 'boolean' },
      namespace: { type: 'string', multiple: true },
      target: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      reason: { type: 'string', default: 'stopped by hand' },
      data: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const scopes: Stop['scope'][] = [
    ...(values.all ? [{ all: true as const }] : []),
    ...(values.namespace ? [{ namespaces: values.namespace }] : []),
    ...(values.target ? [{ targets: values.target }] : []),
  ];
  const [scope] = scopes;
  if (values.list ? scopes.length !== 0 : scopes.length !== 1 || values.target?.some((each) => !/^[^/]+\/[^/]+$/.test(each))) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  const { DBINTEL_DATA: data } = readConfig({ DBINTEL_DATA: values.data });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const state = openSqliteState(join(data, 'state.db'), systemClock);
  try {
    if (!scope) {
      const stops = listStops(state);
      return values.json ? terminal.json(stops) : terminal.out(stops.length ? stops.map(describe).join('\n') : 'nothing is stopped');
    }
    const stop = await publishStop(state, scope, values.reason, systemClock.now(), systemRandom.next);
    return values.json ? terminal.json(stop) : terminal.out(`stopped ${describe(stop)}\nresume with: dbintel resume ${stop.id}`);
  } finally {
    await state.close();
  }
}

export const describe = ({ id, scope, reason, since }: Stop): string =>
  `${id}  ${describeScope(scope)}, since ${new Date(since).toISOString()}: ${reason}`;
