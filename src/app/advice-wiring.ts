import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdviceDeps, AdviceWish } from '../advisor/run.ts';
import type { Clock } from '../base/clock.ts';
import { parseDuration, parseSize } from '../base/quantity.ts';
import type { Engine, OpenOptions } from '../engines/engine.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Planner } from '../planner/planner.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { serverOf } from './server-of.ts';

/** What a run of the advisor is given, whoever asks for it. */
export function adviceWish(
  of: Target,
  over: { budgetBytes?: number | undefined; values?: AdviceWish['values'] | undefined } = {},
): AdviceWish {
  const { uid, namespace, name, spec } = of;
  const { budget, schemas, values, replicas, every } = spec.advice;
  return {
    target: { uid, namespace, name },
    engine: spec.engine,
    server: serverOf(of),
    budgetBytes: over.budgetBytes ?? parseSize(budget),
    schemas,
    values: over.values ?? values,
    ...(replicas ? { replicas } : {}),
    every_ms: parseDuration(every),
  };
}

/**
 * The copy that a spec names, as a target of its own: what is known of its tables is not known of
 * the server's. Undefined: it names none.
 */
export function sandboxOf(
  target: Target,
  deps: Pick<OpenOptions, 'clock' | 'random'> & {
    engine: Pick<Engine, 'open'>;
    credentials(target: Target): Promise<Credentials>;
  },
): AdviceDeps['sandbox'] {
  const { sandbox } = target.spec.advice;
  if (!sandbox) return undefined;
  const copy: Target = {
    ...target,
    uid: `sandbox-${target.uid}`,
    spec: {
      ...target.spec,
      connection: { ...sandbox, database: undefined },
      explain: { ...target.spec.explain, via: 'direct' },
    },
  };
  const { engine, clock, random } = deps;
  return async (server, tell) => {
    const { createSandboxPlanner } = await import('../planner/sandbox/sandbox-planner.ts');
    return createSandboxPlanner({
      label: `${sandbox.host}${sandbox.port ? `:${sandbox.port}` : ''}`,
      target: server,
      tell,
      connect: async (signal) =>
        engine.open({
          target: copy,
          credentials: await deps.credentials(copy),
          identity: { epoch: 1, holder: 'advise' },
          clock,
          random,
          signal,
        }),
    });
  };
}

/**
 * Planner and solver, each loaded with the first run that needs it: a program that advises nothing
 * has none of their memory. Empty worlds are kept in the data folder.
 */
export function adviceTools(
  dataFolder: string,
  clock: Clock,
): Pick<AdviceDeps, 'planner' | 'solver'> {
  let planner: Promise<Planner> | undefined;
  return {
    planner: () => {
      planner ??= openPlanner(join(dataFolder, 'planner'));
      return planner;
    },
    async solver() {
      const { createHighsSolver } = await import('../solver/highs/highs-solver.ts');
      return createHighsSolver({ clock });
    },
  };
}

async function openPlanner(folder: string): Promise<Planner> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { createPglitePlanner } = await import('../planner/pglite/pglite-planner.ts');
  return createPglitePlanner({ folder });
}
