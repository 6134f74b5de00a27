import { AppError } from '../../base/errors.ts';
import type { Sandbox, Session } from '../../engines/engine.ts';
import type { IndexDef } from '../../model/index-def.ts';
import type { Unseen } from '../../model/proposal.ts';
import type { Planner, World } from '../planner.ts';

/**
 * The server's own planner, asked on a copy that somebody gave for it, where indexes are really
 * made. Planners that read rows while they plan cannot be asked without rows. The copy is held from
 * the first world to the end, so that an index is built once for all of them.
 */
export interface SandboxPlannerOptions {
  label: string;
  /** A session on the copy. */
  connect(signal: AbortSignal): Promise<Session>;
  /** Of the server that advice is for. */
  target: { id: string };
  /** What the copy did not let be done. */
  tell(unseen: Unseen): void;
}

/** What could not be removed when it ends is told, and takes nothing of what was said before. */
export type SandboxPlanner = Planner & AsyncDisposable;

interface Copy {
  session: Session;
  sandbox: Sandbox;
  /** What plans see there, by its id. */
  shown: Map<string, { index: IndexDef; name: string }>;
}

export function createSandboxPlanner(options: SandboxPlannerOptions): SandboxPlanner {
  let copy: Promise<Copy> | undefined;
  return {
    kind: 'sandbox',
    trust: () => ({
      most: 'medium',
      because: [`planned by a copy of the server, ${options.label}, whose rows may be others`],
      about: 'planned with values of the copy’s own rows: others may have another plan',
      sameCosts: false,
    }),
    async open(_, { signal }) {
      copy ??= openCopy(options, signal);
      return await worldOf(await copy);
    },
    async [Symbol.asyncDispose]() {
      // Who opened it was told.
      const opened = await copy?.catch(() => undefined);
      if (opened) await close(opened, options);
    },
  };
}

async function openCopy(
  { connect, target }: SandboxPlannerOptions,
  signal: AbortSignal,
): Promise<Copy> {
  const session = await connect(signal);
  try {
    // Before anything is made there.
    if (session.server.id === target.id)
      throw new AppError('sandbox_refused', 'it is the server that advice is for');
    if (!session.sandbox) throw new AppError('sandbox_refused', 'its engine has no such use');
    return { session, sandbox: await session.sandbox(), shown: new Map() };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function close({ session, sandbox }: Copy, { tell }: SandboxPlannerOptions): Promise<void> {
  for (const table of sandbox.held()) tell({ kind: 'sandbox-table', ...table });
  try {
    await sandbox[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    tell({ kind: 'sandbox-left', code: error.code });
  } finally {
    await session.close();
  }
}

/** Without what the one before it has left. */
async function worldOf({ sandbox, shown }: Copy): Promise<World> {
  let count = 0;
  const drop = async (id: string) => {
    const index = shown.get(id);
    if (!index) return;
    await sandbox.hide(index.index, index.name);
    shown.delete(id);
  };
  for (const id of shown.keys()) await drop(id);
  return {
    texts: (statement, returned) => sandbox.texts(statement, returned),
    plan: (statement, limit_ms) => sandbox.plan(statement, limit_ms),
    prepare: (index, name) => sandbox.prepare(index, name),
    async hypothesise(index, name = `what_if_${(count += 1)}`) {
      await sandbox.make(index, name);
      const id = JSON.stringify([index.schema, index.table, name]);
      shown.set(id, { index, name });
      return { id };
    },
    drop,
    // All goes with the copy: what was said is not lost where that is not there any more.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
