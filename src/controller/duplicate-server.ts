import { parseDuration } from '../base/quantity.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';

/**
 * Two targets for one server and database would collect everything twice. Who came first keeps it,
 * until it does not come for three intervals.
 */
const keptIntervals = 3;

/**
 * Claims `server` for the target; resolves with who else has it, in words, or undefined. A mark
 * names its target by uid: one that was deleted, or made anew under its name, holds nothing. Who
 * may read one namespace's targets learns no names of another's.
 */
export async function claimServer(
  target: Target,
  server: string,
  deps: { state: Pick<StateBackend, 'mark'>; isThere(uid: string): boolean },
): Promise<string | undefined> {
  const mine = `${targetLabel(target)} ${target.uid}`;
  const ttl_ms = keptIntervals * parseDuration(target.spec.collection.interval);
  const mark = (gone?: string) =>
    // the server's own lock holds without it
    deps.state.mark(`server:${server}`, mine, ttl_ms, gone).catch(() => undefined);
  let other = await mark();
  if (other !== undefined && !deps.isThere(uidOf(other))) other = await mark(other);
  return other && (isBeside(target, other) ? other.split(' ')[0] : 'a target of another namespace');
}

const isBeside = ({ namespace }: Target, mark: string) => mark.startsWith(`${namespace}/`);

const uidOf = (mark: string) => mark.split(' ')[1] ?? '';
