import { codes } from '../base/codes.ts';
import { asAppError } from '../base/errors.ts';
import type { CheckLine } from '../http/answers/check.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import type { Ports } from './ports.ts';
import { rehearse } from './rehearse.ts';

/**
 * A manifest that somebody is writing, tried on its database: each step is told when it is done.
 * What fails is the last step, with what to do.
 */
export interface CheckDeps {
  ports: Pick<Ports, 'engines' | 'clock' | 'random'>;
  store: Pick<TargetStore, 'credentials'>;
}

export async function checkManifest(
  { ports, store }: CheckDeps,
  target: Target,
  tell: (line: CheckLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = ports.clock.monotonic();
  const ms = () => Math.round(ports.clock.monotonic() - began);
  tell({ step: 'manifest', target: targetLabel(target), engine: target.spec.engine });
  try {
    const found = await rehearse({
      ...ports,
      target,
      signal,
      credentials: () => store.credentials(target, true),
      onCredentials: () => tell({ step: 'credentials', from: sourceOf(target) }),
      onConnected: ({ version, role }, took) =>
        tell({ step: 'connected', version, role, ms: took }),
    });
    for (const each of found) tell({ step: 'prerequisite', ...each });
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
  }
}

function sourceOf({ namespace, spec }: Target): string {
  const { credentials } = spec.connection;
  return 'secretRef' in credentials && credentials.secretRef
    ? `Secret ${namespace}/${credentials.secretRef.name}`
    : 'the folder that the manifest names';
}
