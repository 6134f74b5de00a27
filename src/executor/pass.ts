import { step } from '../advice/machine.ts';
import { isApproved, mayTakeBack } from '../advice/machine-moves.ts';
import {
  type Failed,
  isFinal,
  isHeld,
  type LoopCommand,
  type LoopState,
  lastingReasons,
  type Observed,
} from '../advice/machine-state.ts';
import type { Code } from '../base/codes.ts';
import { asAppError } from '../base/errors.ts';
import type { IndexWork } from '../engines/index-work.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import { closed, gateNow } from './gate-now.ts';
import { leftOf } from './left.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';
import { refusalOf } from './preflight.ts';
import { isBeginning, stillMeant } from './still-meant.ts';
import { onlyDrops } from './turns.ts';
import { underWatch } from './watch.ts';

/**
 * One look at one recommendation and what follows of it: gather, decide, write, act, and look again
 * until nothing is left to do now. The lock on the server is held from the look to the last
 * command; what is about to be done is written before it is done.
 */
export const pass = (
  given: Recommendation,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<Recommendation | undefined> => enter(given, ports).run(signal);

/** A pass that is about to be made: whether it asks anything of the server is known before. */
export interface Entered {
  onServer: boolean;
  run(signal: AbortSignal): Promise<Recommendation | undefined>;
}

export function enter(given: Recommendation, ports: ExecutorPorts): Entered {
  const moved = movedOf(given, ports);
  // What is begun nowhere yet was approved for another server; the rest is looked for there.
  const said = moved && !isHeld(given.state) ? closed('server_changed') : ports.gate(given);
  const gate = said.kind === 'open' && given.unvouched ? closed('not_vouched') : said;
  const around = { gate, deleted: given.deleted, ...approvalOf(given), ...moved };
  return wantsServer(given, around, ports.clock.now())
    ? { onServer: true, run: (signal) => connect(given, around, ports, signal) }
    : { onServer: false, run: () => settle(given, around, ports) };
}

async function connect(
  given: Recommendation,
  around: Observed,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<Recommendation | undefined> {
  let work: IndexWork;
  try {
    work = await ports.open(given, signal);
  } catch (error) {
    if (signal.aborted) return given;
    const { code } = asAppError(error);
    ports.logger.warn({ recommendation: given.label, code }, 'no way to the server');
    return settle(given, { ...around, gate: closed(code) }, ports, code);
  }
  await using opened = work;
  return await onServer(given, around, opened, ports, signal);
}

const approvalOf = ({ approval }: Recommendation) => (approval ? { approval } : {});

function movedOf(given: Recommendation, ports: ExecutorPorts): Pick<Observed, 'moved'> | undefined {
  const server = meantFor(given);
  const to = ports.server(given);
  return server === undefined || to === undefined || to === server
    ? undefined
    : { moved: { to, left: leftOf(given, server) } };
}

const isUndecidedYet = ({ phase }: LoopState) => phase === 'Proposed' || phase === 'Withdrawn';

/** Until its approval that on which it was advised; what is in force may have got another name. */
const meantFor = ({ state, advisedFor }: Recommendation): string | undefined =>
  isUndecidedYet(state) ? advisedFor : (state.server ?? advisedFor);

/** Of one that does not say for which, it is the one that its target names at its approval. */
function forServer(given: Recommendation, to: LoopState, ports: ExecutorPorts): LoopState {
  if (to.phase !== 'Approved' || !isUndecidedYet(given.state)) return to;
  const server = given.advisedFor ?? ports.server(given);
  return server === undefined ? to : { ...to, server };
}

/** Only whoever keeps targets knows: here they are not read yet, or cannot be. */
const isUnknown = ({ gate }: Observed): boolean =>
  gate.kind === 'closed' && gate.reason === 'target_deleted';

/** Nothing is connected to only to find out that nothing is to be done. */
function wantsServer({ state, subject }: Recommendation, seen: Observed, now: number): boolean {
  if (isUnknown(seen)) return false;
  if (seen.gate.kind === 'closed' && seen.gate.stop)
    return state.phase === 'Applying' || state.phase === 'Cleaning';
  switch (state.phase) {
    case 'Approved':
    case 'Deferred':
      return (
        seen.gate.kind === 'open' &&
        now >= state.notBefore &&
        seen.approval?.contentHash === subject.contentHash
      );
    case 'Applying':
    case 'Cleaning':
    case 'RollingBack':
      return true;
    case 'Hidden':
    case 'Observing':
      return mayTakeBack(subject, seen);
    default:
      return false;
  }
}

/** What is decided without the server. */
async function settle(
  given: Recommendation,
  seen: Observed,
  ports: ExecutorPorts,
  unreached?: Code,
): Promise<Recommendation | undefined> {
  const undo = isUnknown(seen) ? await ports.targetGone(given) : undefined;
  const all = undo ? { ...seen, targetGone: { left: leftOf(given) } } : seen;
  const { state: next, commands } = step(given.subject, given.state, all, ports.clock.now());
  const state = forServer(given, unreached ? withUnreached(next, unreached) : next, ports);
  const written = await remember(given, state, ports, undo);
  if (written && commands.some(({ kind }) => kind === 'release'))
    await ports.store.release(written);
  return written;
}

/** Where it is under way, nobody sees now how it is: that is told beside what was seen last. */
const unreachedWords = 'its server is not reached now: ';
function withUnreached(state: LoopState, code: Code): LoopState {
  const detail = unreachedWords + code;
  return !isHeld(state) || state.detail === detail ? state : { ...state, detail };
}
function withoutUnreached(state: LoopState): LoopState {
  const { detail, ...rest } = state;
  return detail?.startsWith(unreachedWords) ? rest : state;
}

/** Each turn ends in a phase or runs a command: a change has not more of either. */
const mostTurns = 12;

async function onServer(
  given: Recommendation,
  listed: Observed,
  work: IndexWork,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<Recommendation | undefined> {
  let current = given;
  let around = listed;
  let failed: Failed | undefined;
  let tried: LoopCommand['kind'] | undefined;
  await work.lock({ onlyDrops: onlyDrops(given) });
  for (let turn = 0; turn < mostTurns; turn += 1) {
    if (signal.aborted && !isHalfDone(current, tried)) return current;
    const seen = await look(current, around, work, ports, signal, failed);
    const before = withoutUnreached(current.state);
    const { state, commands } = step(current.subject, before, seen, ports.clock.now());
    const from = current.state.phase;
    const moved = state.phase !== from;
    const written = await remember(current, state, ports);
    if (!written) return undefined;
    current = written;
    if (commands.length === 0 && (!moved || isFinal(state) || state.notBefore > ports.clock.now()))
      return current;
    // What has just been refused would be again: the next pass tries.
    if (failed && commands.some(({ kind }) => kind === tried)) return current;
    failed = undefined;
    for (const command of commands) {
      tried = command.kind;
      if (isBeginning(command, current)) {
        const meant = await stillMeant(current, from, around, ports, signal);
        if (meant === 'written') return undefined;
        if (meant !== 'yes') {
          ({ around, failed } = meant);
          break;
        }
      }
      const result = await run(command, current, work, ports, signal);
      if (result === 'left') return current;
      failed ??= result;
    }
    if (commands.some(({ kind }) => kind === 'release' || kind === 'cancel')) return current;
  }
  return current;
}

/** At the end of the program: what this pass has begun is removed or marked, and written down. */
const isHalfDone = ({ state }: Recommendation, tried: LoopCommand['kind'] | undefined): boolean =>
  tried !== undefined && (state.phase === 'Applying' || state.phase === 'Cleaning');

/** Whoever takes it back is heard, also where a history or a right is missing by now. */
const isMeant = ({ subject }: Recommendation, seen: Observed): boolean =>
  isApproved(subject, seen) && !seen.deleted;

/** From which something may be begun. */
const beginning: ReadonlySet<ProposalPhase> = new Set([
  'Approved',
  'Deferred',
  'Applying',
  'Hidden',
]);

async function look(
  recommendation: Recommendation,
  around: Observed,
  work: IndexWork,
  ports: ExecutorPorts,
  signal: AbortSignal,
  failed: Failed | undefined,
): Promise<Observed> {
  const { phase } = recommendation.state;
  const server = await work.look();
  const meant = isMeant(recommendation, around);
  const begins = meant && beginning.has(phase) && !signal.aborted;
  const refusal = begins
    ? ((await refusalOf(recommendation, work, ports.budget(recommendation))) ??
      (await elsewhere(recommendation, ports, signal)))
    : undefined;
  // A build takes hours: whether anything may be done is asked before whatever follows it.
  const gate = gateNow(recommendation, around, ports, signal);
  const runs = phase === 'Applying' && !signal.aborted;
  const brake = begins || runs ? await ports.brake(recommendation, work) : gate;
  const watched = meant && (phase === 'Observing' || phase === 'Hidden');
  const verdict = watched ? await ports.judge(recommendation) : undefined;
  return {
    ...around,
    gate: gate.kind === 'closed' ? gate : brake,
    server,
    ...(begins ? { preflight: refusal ? { kind: 'refused', ...refusal } : { kind: 'ok' } } : {}),
    ...(verdict ? { verdict } : {}),
    ...(failed ? { failed } : {}),
  };
}

/** Only before a drop is begun: half of one has only one way on. */
const elsewhere = (recommendation: Recommendation, ports: ExecutorPorts, signal: AbortSignal) =>
  ['Approved', 'Deferred'].includes(recommendation.state.phase)
    ? ports.elsewhere(recommendation, signal)
    : undefined;

async function remember(
  recommendation: Recommendation,
  state: LoopState,
  { store, logger, onPhase }: ExecutorPorts,
  undo: readonly string[] = [],
): Promise<Recommendation | undefined> {
  if (state === recommendation.state) return recommendation;
  const { label } = recommendation;
  const written = await store.write(recommendation, state);
  if (!written) {
    logger.info({ recommendation: label }, 'somebody else has written it');
    return undefined;
  }
  const { phase, reason } = recommendation.state;
  if (state.phase !== phase || (state.reason !== reason && lastingReasons.has(state.reason))) {
    const numbers = state.detail === undefined ? {} : { detail: state.detail };
    logger.info(
      { recommendation: label, phase: state.phase, why: state.reason, ...numbers },
      'index change',
    );
    if (undo.length) logger.warn({ recommendation: label, undo }, 'to be seen to on its server');
    onPhase(recommendation, state, undo);
  }
  return written;
}

async function run(
  command: LoopCommand,
  recommendation: Recommendation,
  work: IndexWork,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<Failed | 'left' | undefined> {
  const { logger, store } = ports;
  const { label } = recommendation;
  const { kind } = command;
  if (kind === 'release') {
    await store.release(recommendation);
    return undefined;
  }
  if (kind === 'cancel') {
    await work.cancel();
    return undefined;
  }
  logger.info({ recommendation: label, command: kind }, 'index change');
  const failed = await underWatch(
    work[kind](),
    { command: kind, recommendation, work },
    ports,
    signal,
  );
  if (failed === 'left') logger.warn({ recommendation: label, command: kind }, 'it goes on there');
  else if (failed) logger.warn({ recommendation: label, command: kind, ...failed }, 'it failed');
  return failed;
}
