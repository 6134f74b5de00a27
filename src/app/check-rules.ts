import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../base/errors.ts';
import { type Caller, tokenHolder } from '../http/caller.ts';
import { missingRight, RightMissing } from '../http/missing-right.ts';
import type { Stop } from '../model/stop.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import { serverOf } from './server-of.ts';

/**
 * Whether a manifest that somebody sends may be connected as it says. It names both the password
 * and who is to get it: one is sent only where it is sent anyway, or at the word of somebody who
 * can read it without us.
 */
export interface CheckRules {
  /** Those that there are, of one namespace. */
  targetsOf(namespace: string): AsyncIterable<Target> | Iterable<Target>;
  stops(): readonly Stop[];
  /** Who holds the API's token reads the same files as this program does. */
  readsOurFiles: boolean;
}

/** Throws AppError('emergency_stop'), or an error with the status 403. */
export async function refuseCheck(
  rules: CheckRules,
  caller: Caller,
  target: Target,
): Promise<void> {
  const { namespace } = target;
  if (!caller.mayRead(namespace) || !(await caller.may('check', namespace)))
    throw new RightMissing(
      caller.user,
      missingRight({ user: caller.user, right: 'check', namespace, cluster: true }),
    );
  const kin = await kinOf(rules, target);
  if (!kin.some((known) => isSameLogin(known, target)) && !(await mayHave(rules, caller, target)))
    throw refused(notYours);
  const stopped = whyStopped(rules.stops(), [target, ...kin]);
  if (stopped) throw stopped;
}

/** What there is under its name, or on its server. */
export async function kinOf(
  { targetsOf }: Pick<CheckRules, 'targetsOf'>,
  target: Target,
): Promise<Target[]> {
  const kin: Target[] = [];
  for await (const known of targetsOf(target.namespace))
    if (known.name === target.name || isSameServer(known, target)) kin.push(known);
  return kin;
}

/** Its labels are what the manifest says; those of what runs there are what stops go by. */
export function whyStopped(
  stops: readonly Stop[],
  targets: readonly Target[],
): AppError | undefined {
  for (const each of targets) {
    const stop = coveringStop(stops, each);
    if (stop)
      return new AppError('emergency_stop', `${targetLabel(each)} is stopped: ${stop.reason}`);
  }
  return undefined;
}

/** The same for every reason: it tells nobody what there is. */
const notYours =
  'no target of this namespace sends these credentials to this server, and you are not known to ' +
  'be one who may read them: run `dbintel validate FILE --connect` where the Secret lies';

const refused = (message: string) => Object.assign(new Error(message), { statusCode: 403 });

async function mayHave(
  { readsOurFiles }: CheckRules,
  caller: Caller,
  { namespace, spec: { connection } }: Target,
): Promise<boolean> {
  if (readsOurFiles && caller === tokenHolder) return true;
  const { credentials, tls } = connection;
  if (credentials.secretRef === undefined || tls.file !== undefined) return false;
  const names = [credentials.secretRef.name, ...(tls.secretRef ? [tls.secretRef.name] : [])];
  const allowed = await Promise.all(names.map((name) => caller.mayReadSecret(namespace, name)));
  return allowed.every(Boolean);
}

const isSameServer = (a: Target, b: Target) => serverOf(a) === serverOf(b);

/** The same password, to the same server, as well guarded. */
const loginOf = ({ spec: { engine, connection } }: Target) => {
  const { credentials, tls, requireAuth } = connection;
  return { engine, credentials, tls, requireAuth: requireAuth?.toSorted() };
};
const isSameLogin = (a: Target, b: Target) =>
  isSameServer(a, b) && isDeepStrictEqual(loginOf(a), loginOf(b));
