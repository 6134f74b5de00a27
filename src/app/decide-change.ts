import { isFinal, proposed } from '../advice/machine-state.ts';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { userName } from '../base/node/user-name.ts';
import type { FileStore } from '../executor/file-store.ts';
import type { Recommendation } from '../executor/ports.ts';
import { againstDecision } from '../executor/standing.ts';
import { takenBack } from '../history/advice.ts';
import { changeStore, type DecisionWorld, findChange, tellHistory } from './change-store.ts';

export interface Decided {
  id: string;
  contentHash: string;
  decision: 'Approve' | 'Reject';
  /** It is meant although it came to a bad end before. */
  again?: boolean;
}

/**
 * What is over begins anew by an approval, with all tries. Throws AppError: not_found,
 * verdict_refused where the content is not the one that was read, or it cannot be said from there.
 */
export async function decide(world: DecisionWorld, said: Decided): Promise<Recommendation> {
  const store = changeStore(world);
  const found = await findChange(store, said.id);
  if (found.subject.contentHash !== said.contentHash)
    throw new AppError('verdict_refused', `${said.id} has the hash ${found.subject.contentHash}`);
  const { id, contentHash, decision, again = false } = said;
  const now = systemClock.now();
  const against = againstDecision(
    {
      id,
      state: found.state,
      expiresAt: found.subject.expiresAt,
      superseded: await isSuperseded(world, id),
    },
    { decision, again },
    now,
  );
  if (against !== undefined) throw new AppError('verdict_refused', against);
  if (isFinal(found.state)) await beginAnew(store, found, now);
  const approvedBy = userName();
  const { advisedFor: server } = found;
  const approval = { id, contentHash, decision, approvedBy, at: now };
  await store.approve(server === undefined ? approval : { ...approval, server });
  await tellHistory(world.history, id, {
    ...proposed(now),
    phase: decision === 'Approve' ? 'Approved' : 'Rejected',
    reason: decision === 'Approve' ? 'approved' : 'rejected',
    approvedBy,
  });
  return findChange(store, said.id);
}

async function isSuperseded({ history }: DecisionWorld, id: string): Promise<boolean> {
  const kept = await history.proposal(id);
  return kept?.state.phase === 'Withdrawn' && kept.state.outcome === takenBack;
}

/** The word on the round before goes first: it must not count for the new one. */
async function beginAnew(store: FileStore, found: Recommendation, now: number): Promise<void> {
  await store.revoke(found.uid);
  if (!(await store.write(found, proposed(now))))
    throw new AppError('verdict_refused', `somebody else is at ${found.uid}: try again`);
}
