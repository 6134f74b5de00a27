import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { isFinal, type LoopState } from '../advice/machine-state.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import { parseSize } from '../base/quantity.ts';
import { systemRandom } from '../base/random.ts';
import { regularly } from '../base/regularly.ts';
import { createEngines } from '../engines/index.ts';
import type { IndexWork } from '../engines/index-work.ts';
import { openIndexWork } from '../engines/open-index-work.ts';
import { explain } from '../executor/cluster-status.ts';
import { type FileStore, openFileStore } from '../executor/file-store.ts';
import { executorBrake, executorGate } from '../executor/gate.ts';
import { pass } from '../executor/pass.ts';
import { type ExecutorPorts, markOf, type Recommendation } from '../executor/ports.ts';
import { refusalOf } from '../executor/preflight.ts';
import type { History } from '../history/backends.ts';
import type { Credentials } from '../model/credentials.ts';
import { type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { closedBreaker } from '../safety/circuit-breaker.ts';
import { askReplicas, closedError } from './ask-replica.ts';
import { judgeFromHistory } from './judge-change.ts';

/**
 * The approval loop without a cluster: a person approves as the user of the machine, and carries
 * the change out with credentials that the collector does not have. What is remembered lies beside
 * the history.
 */
export interface ChangeState {
  phase: ProposalPhase;
  /** Why, in words. */
  why: string;
  approvedBy?: string;
}
const shown = ({ phase, reason, detail, approvedBy }: LoopState): ChangeState => ({
  phase,
  why: explain(reason, detail),
  ...(approvedBy === undefined ? {} : { approvedBy }),
});

export interface ChangeWorld {
  history: History;
  dataFolder: string;
}

export interface ApplyWorld extends ChangeWorld {
  target: Target;
  credentials: Credentials;
  stops: readonly Stop[];
  /** As they are now: a build takes hours. */
  readStops(): Promise<readonly Stop[]>;
  /** The target of that name beside this one. */
  beside(name: string): Target | undefined;
  /** Told of each phase. */
  tell(state: ChangeState): void;
  signal: AbortSignal;
}

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

export interface Decided {
  id: string;
  contentHash: string;
  decision: 'Approve' | 'Reject';
}

/** Throws AppError: not_found, verdict_refused where the content is not the one that was read. */
export async function decide(world: DecisionWorld, said: Decided): Promise<Recommendation> {
  const store = changeStore(world);
  const found = await findChange(store, said.id);
  if (found.subject.contentHash !== said.contentHash)
    throw new AppError('verdict_refused', `${said.id} has the hash ${found.subject.contentHash}`);
  const approvedBy = userInfo().username;
  await store.approve({ ...said, approvedBy, at: systemClock.now() });
  const phase = said.decision === 'Approve' ? 'Approved' : 'Rejected';
  await tellHistory(world.history, said.id, {
    ...found.state,
    phase,
    since: systemClock.now(),
    reason: phase === 'Approved' ? 'approved' : 'rejected',
    approvedBy,
  });
  return findChange(store, said.id);
}

/** Whoever reads the history, its pages and commands, sees where it is. */
async function tellHistory(
  history: Pick<History, 'moveProposal'>,
  id: string,
  state: LoopState,
): Promise<void> {
  const { phase, since, approvedBy, reason, detail } = state;
  const from = proposalPhases.filter((each): each is ProposalPhase => each !== phase);
  const by = approvedBy === undefined ? {} : { by: approvedBy };
  await history.moveProposal({ id, phase, since, ...by, outcome: explain(reason, detail) }, from);
}

export const openWork = (
  world: ApplyWorld,
  recommendation: Recommendation,
  signal: AbortSignal,
): Promise<IndexWork> =>
  openIndexWork(world.target.spec.engine, {
    target: world.target,
    credentials: world.credentials,
    database: recommendation.database,
    change: recommendation.change,
    mark: markOf(recommendation),
    uid: recommendation.uid,
    clock: systemClock,
    signal,
  });

/** What would be sent, and whether anything is against it now. Changes nothing. */
export async function rehearseChange(world: ApplyWorld, id: string) {
  const recommendation = await findChange(changeStore(world), id);
  const engine = createEngines()[world.target.spec.engine];
  const { apply, rollback } = await engine.ddl(recommendation.change, markOf(recommendation));
  const gate = gateOf(world);
  await using work = await openWork(world, recommendation, world.signal);
  await work.lock();
  const [seen, health] = [await work.look(), await work.health()];
  const refusal =
    (await refusalOf(recommendation, work, budgetOf(world))) ??
    (await elsewhereOf(world)(recommendation, world.signal));
  const brake = executorBrake(health, world.target);
  const against = [gate, brake].flatMap((each) => (each.kind === 'closed' ? [each.reason] : []));
  return {
    apply,
    rollback,
    seen,
    against: [
      ...against.map((reason) => explain(reason)),
      ...(refusal ? [explain(refusal.reason, refusal.detail)] : []),
    ],
    approved: recommendation.approval?.contentHash === recommendation.subject.contentHash,
  };
}

const budgetOf = ({ target }: ApplyWorld): number => parseSize(target.spec.advice.budget);

const elsewhereOf = (world: ApplyWorld): ExecutorPorts['elsewhere'] =>
  askReplicas(world.target.spec.advice.replicas ?? [], {
    find: world.beside,
    closed: (target) => closedError(gateOf({ target, stops: world.stops }, [])),
    login: async () => world.credentials,
    clock: systemClock,
  });

const gateOf = (
  { target, stops }: Pick<ApplyWorld, 'target' | 'stops'>,
  window = target.spec.advice.window,
) =>
  executorGate({
    target,
    applies: true,
    window,
    stops,
    breaker: closedBreaker,
    now: systemClock.now(),
  });

/** Whoever waits at a terminal waits no longer for the next attempt. */
const mostWait_ms = 600_000;
const between_ms = 2_000;

/** Passes until there is nothing to do but to wait for people or for evidence. */
export async function carryOut(given: ApplyWorld, id: string): Promise<ChangeState> {
  const world = { ...given };
  const unwatch = regularly(systemClock, between_ms, silentLogger, async () => {
    world.stops = await given.readStops();
  });
  try {
    return await passUntilRest(world, id);
  } finally {
    await unwatch();
  }
}

async function passUntilRest(world: ApplyWorld, id: string): Promise<ChangeState> {
  const store = changeStore(world, world.target.spec.advice.autoRollback);
  const ports: ExecutorPorts = {
    store,
    clock: systemClock,
    logger: silentLogger,
    gate: () => gateOf(world),
    targetGone: async () => undefined,
    budget: () => budgetOf(world),
    elsewhere: elsewhereOf(world),
    brake: async (_, work) => executorBrake(await work.health(), world.target),
    judge: judgeFromHistory(world.history, systemClock, systemRandom),
    open: (recommendation, signal) => openWork(world, recommendation, signal),
    onPhase: (_, state) => world.tell(shown(state)),
  };
  for (;;) {
    const before = await findChange(store, id);
    await pass(before, ports, world.signal);
    const { state } = await findChange(store, id);
    await tellHistory(world.history, id, state);
    if (isFinal(state) || resting.has(state.phase) || world.signal.aborted) return shown(state);
    const wait_ms = Math.max(between_ms, state.notBefore - systemClock.now());
    if (wait_ms > mostWait_ms || state.phase === 'Deferred') return shown(state);
    await systemClock.sleep(wait_ms, world.signal).catch(() => undefined);
  }
}
const resting = new Set<ProposalPhase>(['Proposed', 'Withdrawn', 'Hidden', 'Observing']);

/** Also of one that was kept: a person asks for it. */
export async function takeBack(world: ApplyWorld, id: string): Promise<ChangeState> {
  const store = changeStore(world);
  const found = await findChange(store, id);
  await store.revoke(id);
  if (found.state.phase === 'Kept')
    await store.write(found, {
      ...found.state,
      phase: 'RollingBack',
      since: systemClock.now(),
      reason: 'approval_revoked',
      attempt: 0,
      notBefore: 0,
    });
  return carryOut(world, id);
}

/** A folder with the files username and password; TLS as the target has it. */
export async function builderCredentials(
  folder: string,
  ofTarget: Credentials,
): Promise<Credentials> {
  const read = async (name: string) => {
    try {
      return (await readFile(join(folder, name), 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      throw new AppError('secret_unavailable', `${join(folder, name)} could not be read`, {
        cause: error,
      });
    }
  };
  const { remark: _, ...tls } = ofTarget;
  return { ...tls, username: await read('username'), password: await read('password') };
}
