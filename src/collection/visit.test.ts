import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { callMs, type Script, scriptedEngine } from '../../test/support/scripted-engine.ts';
import { cycleDepsFor, makeTarget, noAbort } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import type { Stop } from '../model/stop.ts';
import { cycleSettings } from './settings.ts';
import { freshState } from './target-state.ts';
import { runVisit } from './visit.ts';

const target = makeTarget({ port: 1, spec: { safety: { databaseTimeBurst: '1s' } } });
const { explains, databaseTime } = cycleSettings(target.spec);
const clock = createFakeClock();
const state = freshState(clock.now(), explains, databaseTime);

function visit(over: Parameters<typeof cycleDepsFor>[1] = {}, script: Partial<Script> = {}) {
  const engine = scriptedEngine({ statements: [], ...script });
  const deps = cycleDepsFor(target, { engine, clock, ...over });
  return runVisit(state, deps, noAbort(), async (session) => {
    await session.snapshot();
    return session.server.role;
  });
}
const stop: Stop = { id: '1', scope: { all: true }, reason: 'incident', by: 'x', since: 1 };

it('asks behind lock and brake, and pays for all of it out of the one budget', async () => {
  const calls: string[] = [];
  const visited = await visit({}, { before: (call) => void calls.push(call) });
  expect(visited.result).toEqual({ kind: 'done', value: 'primary' });
  expect(calls).toEqual(['open', 'lock', 'health', 'snapshot']);
  const spent = state.databaseTime.tokens - visited.state.databaseTime.tokens;
  expect(spent).toBeGreaterThanOrEqual(2 * callMs);
  expect({ ...visited.state, databaseTime: state.databaseTime }).toEqual(state);
});

it('asks nothing where the gate is shut', async () => {
  const calls: string[] = [];
  const before = (call: string) => void calls.push(call);
  const stopped = await visit({ stops: () => [stop] }, { before });
  expect(stopped.result).toMatchObject({ kind: 'failed', error: { code: 'emergency_stop' } });
  expect(stopped.state).toBe(state);
  const spent = { ...state, databaseTime: { ...state.databaseTime, tokens: -1 } };
  const deps = cycleDepsFor(target, { engine: scriptedEngine({ statements: [], before }), clock });
  const poor = await runVisit(spent, deps, noAbort(), async () => 1);
  expect(poor.result).toMatchObject({ kind: 'failed', error: { code: 'budget_spent' } });
  expect(calls).toEqual([]);
});

it('what fails is told, and what it had cost is paid', async () => {
  const locked = new AppError('connection_failed', 'closed');
  const failed = await visit(
    {},
    {
      before(call) {
        if (call === 'snapshot') throw locked;
      },
    },
  );
  expect(failed.result).toEqual({ kind: 'failed', error: locked });
  expect(failed.state.databaseTime.tokens).toBeLessThan(state.databaseTime.tokens);
  const away = await visit({
    credentials: () => Promise.reject(new AppError('secret_unavailable', 'no Secret')),
  });
  expect(away.result).toMatchObject({ kind: 'failed', error: { code: 'secret_unavailable' } });
  expect(away.state.databaseTime.tokens).toBe(state.databaseTime.tokens);
});
