import { codes } from '../base/codes.ts';
import { asAppError } from '../base/errors.ts';
import { regularly } from '../base/regularly.ts';
import type { CheckLine } from '../http/answers/check.ts';
import type { Stop } from '../model/stop.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import { whyStopped } from './check-rules.ts';
import type { Ports } from './ports.ts';
import { rehearse } from './rehearse.ts';

/**
 * A manifest that somebody is writing, tried on its database: each step is told when it is done.
 * What fails is the last step, with what to do.
 */
export interface CheckDeps {
  ports: Pick<Ports, 'engines' | 'clock' | 'random' | 'logger'>;
  store: Pick<TargetStore, 'credentials'>;
  stops(): readonly Stop[];
  /** What there is under its name, or on its server; asked again it tells what has become of it. */
  kin(target: Target): Promise<() => Target[]>;
}

/** A stop holds within two seconds, for this as for cycles. */
const stopLook_ms = 250;

export async function checkManifest(
  { ports, store, stops, kin }: CheckDeps,
  target: Target,
  tell: (line: CheckLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = ports;
  const began = clock.monotonic();
  const ms = () => Math.round(clock.monotonic() - began);
  tell({ step: 'manifest', target: targetLabel(target), engine: target.spec.engine });
  const stopping = new AbortController();
  const others = await kin(target);
  const unwatch = regularly(clock, stopLook_ms, logger, async () => {
    const stopped = stops().length ? whyStopped(stops(), [target, ...others()]) : undefined;
    if (!stopped) return undefined;
    stopping.abort(stopped);
    return 'done';
  });
  try {
    const found = await rehearse({
      ...ports,
      target,
      signal: AbortSignal.any([signal, stopping.signal]),
      credentials: () => store.credentials(target, true),
      onCredentials: () => tell({ step: 'credentials', from: sourceOf(target) }),
      onConnected: ({ version, role }, took) =>
        tell({ step: 'connected', version, role, ms: took }),
      onPrerequisite: (each) => tell({ step: 'prerequisite', ...each }),
    });
    const count = (verdict: string) => found.filter((each) => each.verdict === verdict).length;
    tell({
      step: 'done',
      ok: count('ok'),
      warnings: count('warning'),
      failed: count('failed'),
      ms: ms(),
    });
  } catch (error) {
    const { code, message } = asAppError(error);
    tell({ step: 'failed', code, message, remedy: codes[code].remedy, ms: ms() });
  } finally {
    await unwatch();
  }
}

function sourceOf({ namespace, spec }: Target): string {
  const { credentials } = spec.connection;
  return 'secretRef' in credentials && credentials.secretRef
    ? `Secret ${namespace}/${credentials.secretRef.name}`
    : 'the folder that the manifest names';
}
