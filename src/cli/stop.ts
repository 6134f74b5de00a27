import { parseArgs } from 'node:util';
import { openStopPlace } from '../app/stop-place.ts';
import { AppError } from '../base/errors.ts';
import type { Stop } from '../model/stop.ts';
import { emergencyStopSpec } from '../resources/kinds/emergency-stop/spec.ts';
import { describeScope } from '../safety/emergency-stop.ts';
import { exitCodes } from './command.ts';
import { commandLine } from './next-command.ts';
import { parseSelector, placeHelp, placeOptions } from './stop-options.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel stop (--all | --namespace NS | --target NS/NAME |
                     --selector LABELS | --list) [--reason TEXT] [WHERE] [--json]

Emergency stop. Within two seconds everything that it covers is cancelled on the servers, and
nothing new starts. It holds until \`dbintel resume\`, also over restarts; it works where the API of
dbintel does not answer.

WHERE:
${placeHelp}

Exit code 1: it is in force, but no program runs with this data folder, or nothing is known of a
name that was given.
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
  const lone = values.target?.find((each) => !/^[^/]+\/[^/]+$/.test(each));
  if (scopes.length !== (values.list ? 0 : 1) || lone !== undefined) {
    const why = lone === undefined ? 'say one thing' : `"${lone}" is no NAMESPACE/NAME`;
    terminal.err(`${help}\nNothing was stopped: ${why}.`);
    return exitCodes.wrongUse;
  }
  if (scope) checkScope(scope);
  const place = await openStopPlace(values);
  try {
    if (!scope) {
      const stops = await place.list();
      if (place.unlisted && !values.json) terminal.err(place.unlisted);
      if (place.unheard) terminal.err(place.unheard);
      return values.json
        ? terminal.json(stops)
        : terminal.out(stops.length ? stops.map(describe).join('\n') : 'nothing is stopped');
    }
    const stop = await place.stop(scope, values.reason.slice(0, reasonLimit) || 'stopped by hand');
    const { cluster, redis, json, data, context, kubeconfig } = values;
    const where = cluster ? ['--cluster'] : redis ? ['--redis'] : [];
    const lift = commandLine(['resume', stop.id, ...where], { data, context, kubeconfig });
    if (json) terminal.json(stop);
    else terminal.out(`stopped ${describe(stop)}\nresume with: ${lift}`);
    const missing = await place.missing(scope);
    if (missing.length > 0)
      terminal.err(
        `nothing is known of ${missing.join(', ')}: where that is mistyped, nothing stops`,
      );
    if (place.unheard) terminal.err(place.unheard);
    return missing.length === 0 && place.unheard === undefined ? exitCodes.done : exitCodes.no;
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

export const describe = ({ id, scope, reason, since }: Stop): string =>
  `${id}  ${describeScope(scope)}, since ${new Date(since).toISOString()}: ${reason}`;
