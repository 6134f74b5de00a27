import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../test/support/advice.ts';
import { explained, makeBatch } from '../../test/support/batch.ts';
import { scriptedEngine } from '../../test/support/scripted-engine.ts';
import { makeTarget } from '../../test/support/target.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import { systemRandom } from '../base/random.ts';
import { createEngines } from '../engines/index.ts';
import { type History, historyBackends } from '../history/backends.ts';
import type { BatchQuery, ExplainedResult } from '../model/batch.ts';
import { cycleWiring } from './cycle-wiring.ts';

/** What a cycle is told of a statement whose plan an earlier version hashed in another way. */
const target = makeTarget({ port: 1, uid: 'uid', spec: {} });
let history: History;
beforeEach(async () => {
  history = await historyBackends.sqlite(':memory:', silentLogger);
});
afterEach(() => history.close());

const look = (table: string, cost: number, earlier = false) =>
  explained('f1', { table, cost, earlier, rule: 'none' });
const record = (at: number, query: BatchQuery) =>
  history.record(makeBatch({ at, queries: [query] }));

const wire = (of = target) =>
  cycleWiring(
    {
      engines: { ...createEngines(), postgres: scriptedEngine({ statements: [] }) },
      store: { credentials: async () => ({ username: 'dbintel' }) },
      history,
      annotation: () => undefined,
      stops: () => [],
      holder: 'h',
      clock: systemClock,
      random: systemRandom,
    },
    of,
  );

async function found(query: BatchQuery): Promise<string[]> {
  const { analyse } = wire();
  const { plan } = query.result as ExplainedResult;
  const stats = { ...query.stats, calls: 100, totalMs: 50_000 };
  const context = { stats, fingerprint: query.fingerprint, facts: [], timeShare: 0.9 };
  return (await analyse(plan, context)).map(({ rule }) => rule);
}

it('a plan that is the same did not change, however its table has grown', async () => {
  await record(1, look('a', 10, true));
  expect(await found(look('a', 90_000))).not.toContain('plan-changed');
  await record(2, look('a', 90_000));
  expect(await found(look('a', 90_000))).not.toContain('plan-changed');
});

it('a change before the upgrade is still told, and one at the upgrade too', async () => {
  await record(1, look('a', 10, true));
  expect(await found(look('b', 90_000))).toContain('plan-changed');
  await record(2, look('b', 90_000, true));
  expect(await found(look('b', 90_000))).toContain('plan-changed');
  await record(3, look('b', 90_000));
  expect(await found(look('b', 90_000))).toContain('plan-changed');
});

it('knows when what was advised for a statement was built, where there is advice at all', async () => {
  const advised = makeTarget({ port: 1, uid: 'uid', spec: { advice: { mode: 'propose' } } });
  await history.recordAdvice({ run: makeRun(1, [makeProposal('adv-a', {})]), plans: [] });
  expect(await wire(advised).changes?.()).toEqual(new Map());
  await history.moveProposal({ id: 'adv-a', phase: 'Observing', since: 70 }, ['Proposed']);
  const both = new Map([
    ['f1', 70],
    ['f2', 70],
  ]);
  expect(await wire(advised).changes?.()).toEqual(both);
  expect(wire().changes).toBeUndefined();
});
