import { join } from 'node:path';
import type { LoopState } from '../advice/machine-state.ts';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { createEngines } from '../engines/index.ts';
import { type FileStore, openFileStore } from '../executor/file-store.ts';
import { markOf, type Recommendation } from '../executor/ports.ts';
import type { History } from '../history/backends.ts';
import { type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import { whyOf } from './change-state.ts';

/** What deciding needs of it. */
export interface DecisionWorld {
  history: Pick<History, 'proposal' | 'moveProposal'>;
  dataFolder: string;
}

export const changeStore = (
  { history, dataFolder }: DecisionWorld,
  autoRollback = true,
): FileStore =>
  openFileStore({
    folder: join(dataFolder, 'approvals'),
    proposal: (id) => history.proposal(id),
    autoRollback: () => autoRollback,
    clock: systemClock,
  });

/** Throws AppError('not_found'). */
export async function findChange(store: FileStore, id: string): Promise<Recommendation> {
  const found = await store.find(id);
  if (!found) throw new AppError('not_found', `there is no change of an index ${id}`);
  return found;
}

/** Whoever reads the history, its pages and commands, sees where it is. */
export async function tellHistory(
  history: Pick<History, 'moveProposal'>,
  id: string,
  state: LoopState,
  login?: string,
): Promise<void> {
  const { phase, since, approvedBy } = state;
  const from = proposalPhases.filter((each): each is ProposalPhase => each !== phase);
  const by = approvedBy === undefined ? {} : { by: approvedBy };
  await history.moveProposal({ id, phase, since, ...by, outcome: whyOf(state, login) }, from);
}

/** All that is sent, our mark included. */
export const sentFor = ({ engine, change, ...rest }: Recommendation) =>
  createEngines()[engine].ddl(change, markOf(rest));
