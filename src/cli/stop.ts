import { parseArgs } from 'node:util';
import { openStopPlace } from '../app/stop-place.ts';
import { AppError } from '../base/errors.ts';
import type { Stop } from '../model/stop.ts';
import { emergencyStopSpec } from '../resources/kinds/emergency-stop/spec.ts';
import { describeScope } from '../safety/emergency-stop.ts';
import { exitCodes } from './command.ts';
import { parseSelector, placeHelp, placeOptions } from './stop-options.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel stop (--all | --namespace NS | --target NS/NAME |
                     --selector LABELS | --list) [--reason TEXT] [WHERE] [--json]

Emergency stop. Within two seconds everything that it covers is cancelled on the servers, and
nothing new starts. It holds until \`dbintel resume\`, also over restarts; it works where the API of
dbintel does not answer.

WHERE:
${placeHelp}
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      all: { type: 'boolean' },
      namespace: { type: 'string', multiple: true },
      target: { type: 'string', multiple: true },
      selector: { type: 'string' },
      list: { type: 'boolean' },
      reason: { type: 'string', default: 'stopped by hand' },
      json: { type: 'boolean' },
      ...placeOptions,
    },
  });
  const scopes: Stop['scope'][] = [
    ...(values.all ? [{ all: true as const }] : []),
    ...(values.namespace ? [{ namespaces: values.namespace }] : []),
    ...(values.target ? [{ targets: values.target }] : []),
    ...(values.selector ? [{ selector: parseSelector(values.selector) }] : []),
  ];
  const [scope] = scopes;
  if (
    values.list
      ? scopes.length !== 0
      : scopes.length !== 1 || values.target?.some((each) => !/^[^/]+\/[^/]+$/.test(each))
  ) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  if (scope) checkScope(scope);
  const place = await openStopPlace(values);
  try {
    if (!scope) {
      const stops = await place.list();
      if (place.unlisted && !values.json) terminal.err(place.unlisted);
      return values.json
        ? terminal.json(stops)
        : terminal.out(stops.length ? stops.map(describe).join('\n') : 'nothing is stopped');
    }
    const stop = await place.stop(scope, values.reason.slice(0, reasonLimit) || 'stopped by hand');
    return values.json
      ? terminal.json(stop)
      : terminal.out(
          `stopped ${describe(stop)}\nresume with: dbintel resume ${stop.id}${where(values)}`,
        );
  } finally {
    await place.close();
  }
}

/** An EmergencyStop takes no longer one; a stop is not refused for its reason. */
const reasonLimit = 256;

/**
 * As an EmergencyStop would be: what nobody understands later stops everything. Throws
 * AppError('invalid_config').
 */
function checkScope(scope: Stop['scope']): void {
  const { error } = emergencyStopSpec.safeParse({ scope });
  if (error)
    throw new AppError(
      'invalid_config',
      error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
}

const where = ({
  cluster,
  redis,
}: {
  cluster?: boolean | undefined;
  redis?: boolean | undefined;
}) => (cluster ? ' --cluster' : redis ? ' --redis' : '');

export const describe = ({ id, scope, reason, since }: Stop): string =>
  `${id}  ${describeScope(scope)}, since ${new Date(since).toISOString()}: ${reason}`;
