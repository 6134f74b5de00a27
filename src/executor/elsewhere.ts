import type { Refused } from '../advice/machine-state.ts';
import { asAppError } from '../base/errors.ts';
import type { IndexChange } from '../engines/index-work.ts';
import type { Recommendation } from './ports.ts';

/**
 * A drop on a primary is a drop on all its replicas, which read what it never does: before an index
 * goes as unused, each of them is asked once more.
 */
export type AskReplica = (name: string) => Promise<number | undefined>;

/** Those of the target now, and those that the proposal stood on; of nothing else it is asked. */
export function replicasToAsk(
  { change, subject, target }: Pick<Recommendation, 'change' | 'subject' | 'target'>,
  replicas: readonly string[],
): string[] {
  const because = unusedOf(change);
  // Where it is hidden first, whoever misses it says so, and it is there again at once.
  if (!because || subject.hides) return [];
  return [...new Set([...replicas, ...because.servers])].filter((name) => name !== target.name);
}

/** `ask` tells when a replica has last read it, and throws where that cannot be known. */
export async function readElsewhere(
  change: IndexChange,
  names: readonly string[],
  ask: AskReplica,
): Promise<Refused | undefined> {
  const because = unusedOf(change);
  if (!because) return undefined;
  for (const name of names) {
    try {
      const used = await ask(name);
      if (used !== undefined && used > because.since)
        return { reason: 'used_since', detail: `on ${name}` };
    } catch (error) {
      const { code } = asAppError(error);
      return { reason: 'replica_unread', detail: `${name}: ${code}` };
    }
  }
  return undefined;
}

const unusedOf = (change: IndexChange) =>
  change.kind === 'drop-index' && change.because.kind === 'unused' ? change.because : undefined;
