import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFinal, isHeld, type LoopState, proposed } from '../advice/machine-state.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import { userName } from '../base/node/user-name.ts';
import { formatTime, parseSize } from '../base/quantity.ts';
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
import { againstDecision, standingWords } from '../executor/standing.ts';
import { takenBack } from '../history/advice.ts';
import type { History } from '../history/backends.ts';
import type { Credentials } from '../model/credentials.ts';
import { endedBadly, type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { closedBreaker } from '../safety/circuit-breaker.ts';
import { askReplicas, closedError } from './ask-replica.ts';
import { judgeFromHistory } from './judge-change.ts';
import { serverOf } from './server-of.ts';

/**
 * The approval loop without a cluster: a person approves as the user of the machine, and carries
 * the change out with credentials that the collector does not have. What is remembered lies beside
 * the history.
 */
export interface ChangeState {
  id: string;
  contentHash: string;
  phase: ProposalPhase;
  since: number;
  /** Why, in words. */
  why: string;
  approvedBy?: string;
  /** A person has approved it, and it is not over. */
  approved: boolean;
  /** Something of it may be on the server: it is gone on with, or taken back. */
  underWay: boolean;
  /** An approval would have to say that it is meant all the same. */
  needsAgain: boolean;
  /** It cannot be approved any more on what it stands on. */
  expired: boolean;
}

/** `login`: the folder of the role that builds. */
export function changeStateOf(
  { uid, subject, state, approval }: Recommendation,
  login?: string,
): ChangeState {
  const { phase, since, approvedBy } = state;
  const { contentHash, expiresAt } = subject;
  return {
    id: uid,
    contentHash,
    phase,
    since,
    why: whyOf(state, login),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    approved: !isFinal(state) && approval?.contentHash === contentHash && !approval.rejects,
    underWay: isHeld(state),
    needsAgain: endedBadly(state.phase),
    expired: systemClock.now() >= expiresAt,
  };
}

const whyOf = ({ reason, detail }: LoopState, login: string | undefined): string =>
  reason === 'authentication_failed' && login !== undefined
    ? refusedLogin(login)
    : explain(reason, detail);

const refusedLogin = (login: string): string =>
  'authentication_failed: the server refused the role that builds; correct username and ' +
  `password in ${login}`;

/** How an earlier round ended. */
export const endedWords = standingWords;

export interface ChangeWorld {
  history: History;
  dataFolder: string;
}

export interface ApplyWorld extends ChangeWorld {
  target: Target;
  credentials: Credentials;
  /** The folder that they are from, as it was named. */
  login: string;
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

/** Whoever reads the history, its pages and commands, sees where it is. */
async function tellHistory(
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

export const openWork = (
  world: ApplyWorld,
  recommendation: Recommendation,
  signal: AbortSignal,
): Promise<IndexWork> =>
  openIndexWork(world.target.spec.engine, {
    target: world.target,
    credentials: world.credentials,
    credentialsNow: () => builderCredentials(world.login, world.credentials),
    database: recommendation.database,
    change: recommendation.change,
    mark: markOf(recommendation),
    uid: recommendation.uid,
    clock: systemClock,
    signal,
  });

/** All that is sent, our mark included. */
export const sentFor = ({ engine, change, ...rest }: Recommendation) =>
  createEngines()[engine].ddl(change, markOf(rest));

/** What would be sent, and whether anything is against it now. Changes nothing. */
export async function rehearseChange(world: ApplyWorld, id: string) {
  const recommendation = await findChange(changeStore(world), id);
  const { apply, rollback } = await sentFor(recommendation);
  const gate = gateOf(world);
  await using work = await openWork(world, recommendation, world.signal).catch((error) => {
    if (asAppError(error).code !== 'authentication_failed') throw error;
    throw new AppError('authentication_failed', refusedLogin(world.login), { cause: error });
  });
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
    state: changeStateOf(recommendation),
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
    server: () => serverOf(world.target),
    gate: () => gateOf(world),
    targetGone: async () => undefined,
    budget: () => budgetOf(world),
    elsewhere: elsewhereOf(world),
    brake: async (_, work) => executorBrake(await work.health(), world.target),
    judge: judgeFromHistory(world.history, systemClock, systemRandom),
    open: (recommendation, signal) => openWork(world, recommendation, signal),
    onPhase: (of, state) => world.tell(changeStateOf({ ...of, state }, world.login)),
  };
  let told: string | undefined;
  for (let asked = true; ; asked = false) {
    const before = await findChange(store, id);
    await pass(asked ? askedNow(before) : before, ports, world.signal);
    const after = await findChange(store, id);
    const { state } = after;
    await tellHistory(world.history, id, state, world.login);
    const shown = changeStateOf(after, world.login);
    const gate = gateOf(world);
    const rests = isFinal(state) || resting.has(state.phase) || world.signal.aborted;
    const waits = isHeld(state) && after.version === before.version;
    if (gate.kind === 'closed' && waits && (gate.stop || !rests))
      return { ...shown, why: `${shown.why}; it waits: ${explain(gate.reason)}` };
    if (rests) return shown;
    const wait_ms = Math.max(between_ms, state.notBefore - systemClock.now());
    if (wait_ms > mostWait_ms || state.phase === 'Deferred') return shown;
    const why = waitsFor(state, shown.why, waits);
    if (why !== undefined && why !== told) world.tell({ ...shown, why });
    told = why;
    await systemClock.sleep(wait_ms, world.signal).catch(() => undefined);
  }
}

/** Whoever sits before it is told; undefined: it goes on at once. */
function waitsFor({ notBefore }: LoopState, why: string, waits: boolean): string | undefined {
  if (notBefore > systemClock.now() + between_ms)
    return `${why}; tried again at ${formatTime(notBefore).slice(11, 19)} UTC`;
  return waits ? `${why}; it waits for the session that does` : undefined;
}

/** What put it off is looked at anew by whoever asks; after a failure it is waited for. */
const askedNow = (found: Recommendation): Recommendation =>
  found.state.phase === 'Deferred' ? { ...found, state: { ...found.state, notBefore: 0 } } : found;

const resting = new Set<ProposalPhase>(['Proposed', 'Withdrawn', 'Hidden', 'Observing']);

/**
 * Also of one that was kept: a person asks for it. Throws AppError: not_found, verdict_refused
 * where there is nothing to take back.
 */
export async function takeBack(world: ApplyWorld, id: string): Promise<ChangeState> {
  const store = changeStore(world);
  const found = await findChange(store, id);
  const { state, approval } = found;
  if (!isHeld(state) && state.phase !== 'Kept' && (isFinal(state) || !approval))
    throw new AppError(
      'verdict_refused',
      `${id} is ${standingWords(state)}; there is nothing to take back`,
    );
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
