import { isFinal, isHeld, type LoopState } from '../advice/machine-state.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import { formatTime } from '../base/quantity.ts';
import { systemRandom } from '../base/random.ts';
import { regularly } from '../base/regularly.ts';
import { explain } from '../executor/cluster-status.ts';
import { executorBrake } from '../executor/gate.ts';
import { pass } from '../executor/pass.ts';
import type { ExecutorPorts, Recommendation } from '../executor/ports.ts';
import { standingWords } from '../executor/standing.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import { type ChangeState, changeStateOf } from './change-state.ts';
import { changeStore, findChange, tellHistory } from './change-store.ts';
import { type ApplyWorld, budgetOf, elsewhereOf, gateOf, openWork } from './change-world.ts';
import { judgeFromHistory } from './judge-change.ts';
import { serverOf } from './server-of.ts';

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
