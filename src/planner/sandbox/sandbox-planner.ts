import { AppError } from '../../base/errors.ts';
import type { Sandbox, Session } from '../../engines/engine.ts';
import type { IndexDef } from '../../model/index-def.ts';
import type { Planner, World } from '../planner.ts';

/**
 * The server's own planner, asked on a copy that somebody gave for it, where indexes are really
 * made. Planners that read rows while they plan cannot be asked without rows.
 */
export interface SandboxPlannerOptions {
  label: string;
  /** A session on the copy. */
  connect(signal: AbortSignal): Promise<Session>;
  /** Of the server that advice is for. */
  target: { id: string };
}

export function createSandboxPlanner(options: SandboxPlannerOptions): Planner {
  return {
    kind: 'sandbox',
    trust: () => ({
      most: 'medium',
      because: [`planned by a copy of the server, ${options.label}, whose rows may be others`],
      about: 'planned with values of the copy’s own rows: others may have another plan',
      sameCosts: false,
    }),
    async open(_, { signal }) {
      const session = await options.connect(signal);
      try {
        // Before anything is made there.
        if (session.server.id === options.target.id)
          throw new AppError('sandbox_refused', 'it is the server that advice is for');
        if (!session.sandbox) throw new AppError('sandbox_refused', 'its engine has no such use');
        return worldOf(await session.sandbox(), session);
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

function worldOf(sandbox: Sandbox, session: Session): World {
  const made = new Map<string, { index: IndexDef; name: string }>();
  let count = 0;
  return {
    texts: (statement) => sandbox.texts(statement),
    plan: (statement, limit_ms) => sandbox.plan(statement, limit_ms),
    async hypothesise(index, name = `what_if_${(count += 1)}`) {
      await sandbox.make(index, name);
      const id = JSON.stringify([index.schema, index.table, name]);
      made.set(id, { index, name });
      return { id };
    },
    async drop(id) {
      const index = made.get(id);
      if (!index) return;
      made.delete(id);
      await sandbox.hide(index.index, index.name);
    },
    async [Symbol.asyncDispose]() {
      try {
        await sandbox[Symbol.asyncDispose]();
      } finally {
        await session.close();
      }
    },
  };
}
