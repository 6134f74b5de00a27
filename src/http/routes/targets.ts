import type { z } from 'zod';
import type { Glance } from '../../fleet/glance.ts';
import { stateWords } from '../../fleet/states.ts';
import type { FleetRow, FleetTable } from '../../fleet/table.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import { targetPath } from '../answers/common.ts';
import { target, type targetLine, targets, targetsPage } from '../answers/targets.ts';
import { type Api, type FindTarget, says, type TargetName, targetRoute } from '../api.ts';
import { pageByLabel } from '../target-page.ts';

export interface TargetDeps {
  /** Those whose history this process can tell of. */
  targets(): Iterable<TargetName>;
  /** Undefined where this version does not understand it; the status says why. */
  spec(uid: string): Target['spec'] | undefined;
  /** What a list says of it, from memory. */
  table: Pick<FleetTable, 'glance' | 'rowOf'>;
  status(target: Omit<TargetName, 'uid'>): Promise<DatabaseTargetStatus | undefined>;
}

export function targetRoutes(api: Api, deps: TargetDeps & { find: FindTarget }): void {
  api.get(
    '/api/v1/targets',
    says('Targets with what a list tells of each, by namespace and name', targets, {
      querystring: targetsPage,
    }),
    async ({ query: { limit, after }, caller }) => {
      const theirs = Iterator.from(deps.targets()).filter((each) => caller.mayRead(each.namespace));
      const { page, more } = pageByLabel(theirs, targetLabel, after, limit);
      const items = page.map(({ uid, namespace, name }) => ({
        namespace,
        name,
        uid,
        ...lineOf(deps.table.glance(uid)),
      }));
      const last = page.at(-1);
      return { items, ...(more && last ? { next: targetLabel(last) } : {}) };
    },
  );
  api.get(targetRoute, says('One target', target, { params: targetPath }), async ({ params }) => {
    const { uid, namespace, name } = deps.find(params);
    const spec = deps.spec(uid);
    const known = spec && { engine: spec.engine, suspend: spec.suspend };
    const status = await deps.status({ namespace, name });
    return { namespace, name, uid, ...known, ...shownOf(deps.table.rowOf(uid)), status };
  });
}

function shownOf(row: FleetRow | undefined) {
  if (!row) return undefined;
  const { state, why } = row;
  return { state, kind: stateWords[state].kind, ...(why === undefined ? {} : { why }) };
}

type Line = Omit<z.input<typeof targetLine>, keyof TargetName>;

function lineOf(glance: Glance | undefined): Line | undefined {
  if (!glance) return undefined;
  const { engine, suspend, ready, reason, explained, plans, findings, circuit, updatedAt } = glance;
  const coverage = explained === undefined ? undefined : `${Number(explained.toPrecision(3))}%`;
  return { engine, suspend, ready, reason, coverage, plans, findings, circuit, updatedAt };
}
