import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Session } from '../engines/engine.ts';
import { type BrakeMemory, type BrakePolicy, brakeVerdict, learn } from '../safety/health-brake.ts';
import type { CycleContext, Progress } from './step.ts';

/** What must be so on a server before anything of it is read: it is ours alone, well, and ready. */

/** One target for a server and database, and one cycle at a time on a server. */
export async function* lock(
  cycle: Progress,
  session: Session,
  { target, claimServer }: Pick<CycleContext, 'target' | 'claimServer'>,
): AsyncGenerator<Progress> {
  const { version, role, id } = session.server;
  yield { ...cycle, server: { version, role } };
  const other = await claimServer(`${id}/${target.spec.connection.database ?? ''}`);
  if (other)
    throw new AppError(
      'duplicate_target',
      `${other} collects from this server and database already`,
    );
  if (!(await session.lock()))
    throw new AppError('locked_by_peer', 'another collector works on this server');
}

/** The server's own state: where it is under strain, the cycle ends here. */
export async function* brake(
  cycle: Progress,
  session: Session,
  { settings, clock }: Pick<CycleContext, 'settings' | 'clock'>,
): AsyncGenerator<Progress> {
  const memory = cycle.state.brake;
  const { health, verdict } = await checkHealth(session, memory, settings.brake, clock);
  const braked = verdict.kind === 'on';
  const known = { ...cycle, state: { ...cycle.state, brake: learn(health, memory, braked) } };
  yield braked
    ? {
        ...known,
        brake: verdict.code,
        outcome: { kind: 'skipped', reason: verdict.code, detail: verdict.detail },
      }
    : known;
}

/**
 * A slow answer may be our own slowness: it counts if a second one is slow, too, beyond what a turn
 * of our event loop takes at that moment.
 */
export async function checkHealth(
  session: Pick<Session, 'health'>,
  memory: BrakeMemory,
  policy: BrakePolicy,
  clock: Clock,
) {
  const health = await session.health();
  const verdict = brakeVerdict(health, memory, policy);
  if (verdict.kind === 'off' || verdict.code !== 'brake_slowdown') return { health, verdict };
  const began = clock.monotonic();
  const turn = clock.sleep(0).then(() => clock.monotonic() - began);
  const again = await session.health();
  const second = {
    ...again,
    took_ms: Math.min(health.took_ms, Math.max(0, again.took_ms - (await turn))),
  };
  return { health: second, verdict: brakeVerdict(second, memory, policy) };
}

/** What collection needs of the server's configuration and of our role's rights. */
export async function* prerequisites(cycle: Progress, session: Session): AsyncGenerator<Progress> {
  const found = await session.prerequisites();
  yield { ...cycle, prerequisites: found };
  const missing = found.find(({ verdict }) => verdict === 'failed');
  if (missing) throw new AppError('prerequisite_missing', `${missing.name}: ${missing.observed}`);
}
