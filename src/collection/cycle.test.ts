import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import {
  type Call,
  callMs,
  type Script,
  scriptedEngine,
  unparsable,
} from '../../test/support/scripted-engine.ts';
import { cycleDepsFor, makeTarget, noAbort } from '../../test/support/target.ts';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import { refused } from '../model/refusal.ts';
import { runCycle } from './cycle.ts';
import { cycleSettings } from './settings.ts';
import { freshState, type TargetState } from './target-state.ts';

const clock = createFakeClock();
const target = makeTarget({ port: 1, spec: { safety: { databaseTimeBurst: '1m' } } });
const settings = cycleSettings(target.spec);
const { burst: explains } = settings.explains;
const { burst: time_ms } = settings.databaseTime;
const fresh = freshState(clock.now(), settings.explains, settings.databaseTime);
const before: TargetState = { ...structuredClone(fresh), notes: 'earlier', credits: { impact: 0 } };

/** One of each kind: a plan, a refusal of its text, one of the server, a plan. */
const statements = [
  { key: 'a', totalMs: 400 },
  { key: 'b', totalMs: 300, refused: unparsable },
  { key: 'c', totalMs: 200, answer: refused('statement_timeout') },
  { key: 'd', totalMs: 100 },
];

async function cycleOf(script: Script, abort?: AbortController) {
  return runCycle(
    before,
    cycleDepsFor(target, { engine: scriptedEngine(script), clock, random: { next: () => 0 } }),
    (abort ?? new AbortController()).signal,
  );
}

/** The cycle is cut short when the nth such call is made, for this reason. */
function cutAt(call: Call, nth: number, code: Code) {
  const abort = new AbortController();
  return cycleOf(
    {
      statements,
      before(made, count) {
        if (made !== call || count !== nth) return;
        abort.abort(new AppError(code, 'cut short'));
        throw new AppError('connection_failed', 'its connection was closed');
      },
    },
    abort,
  );
}

describe('a whole cycle', () => {
  it('explains again what something was changed for since', async () => {
    const engine = scriptedEngine({ statements: [{ key: 'a', totalMs: 400 }] });
    const deps = cycleDepsFor(target, { engine, clock, random: { next: () => 0 } });
    const { state } = await runCycle(before, deps, noAbort());
    const selected = async (at: number) => {
      const changes = async () => new Map([['f-a', at]]);
      return (await runCycle(state, { ...deps, changes }, noAbort())).batch.cycle.selected;
    };
    expect(await selected(clock.now() - 1)).toBe(0);
    expect(await selected(clock.now() + 1)).toBe(1);
  });

  it('learns from every answer', async () => {
    const { state, batch } = await cycleOf({ statements });
    expect(batch.cycle).toMatchObject({
      number: 1,
      outcome: { kind: 'collected' },
      selected: 4,
      explained: 2,
      unexplained: { unparsable: 1, statement_timeout: 1 },
      databaseMs: 10 * callMs,
      server: { version: '18', role: 'primary' },
    });
    expect(state.explained.get('a')).toMatchObject({ at: clock.now(), fingerprint: 'f-a' });
    expect([...state.explained.keys()]).toEqual(['a', 'd']);
    expect(state.failures.get('b')).toMatchObject({ code: 'unparsable', fingerprint: 'f-b' });
    expect([...state.failures.keys()]).toEqual(['b', 'c']);
    expect(state.explains.tokens).toBe(explains - 3);
    expect(state.databaseTime.tokens).toBe(time_ms - 10 * callMs);
    expect(state.timeout.recent_ms).toEqual([1, 1]);
    expect(state.timeout.floor_ms).toBeGreaterThan(0);
    expect(state.baseline?.statements.size).toBe(4);
    expect(state.brake).toEqual({ role: 'primary', usual_ms: 2 });
    expect(state.notes).toMatchObject({ explain: 3, texts: 1 });
    expect(state).toMatchObject({ cycle: 1, generation: 1, startedAt: clock.now() });
    expect(before).toEqual({ ...fresh, notes: 'earlier', credits: { impact: 0 } });
  });
  it('looks at what one that was stopped before any answer has looked at; not after a failure', async () => {
    const next = async (code: Code) => {
      const { state } = await cutAt('explain', 1, code);
      const deps = cycleDepsFor(target, { engine: scriptedEngine({ statements }), clock });
      return (await runCycle(state, deps, noAbort())).batch.cycle.selected;
    };
    expect(await next('program_ending')).toBe(4);
    expect(await next('connection_failed')).toBe(0);
  });
  it('forgets failures that another spec was met with', async () => {
    const failure = { code: 'unparsable' as const, until: clock.now() + 1, fingerprint: 'f' };
    const state = { ...before, failures: new Map([['z', failure]]) };
    const deps = cycleDepsFor(target, { engine: scriptedEngine({ statements: [] }), clock });
    const same = await runCycle({ ...state, generation: 1 }, deps, noAbort());
    expect(same.state.failures.has('z')).toBe(true);
    const other = await runCycle(state, deps, noAbort());
    expect(other.state.failures.has('z')).toBe(false);
  });
});

const summary = ({ state, batch }: Awaited<ReturnType<typeof cycleOf>>) => ({
  brake: state.brake.role,
  baseline: state.baseline?.statements.size,
  credited: Object.keys(state.credits).includes('stale'),
  explained: [...state.explained.keys()],
  failures: [...state.failures.keys()],
  sent: explains - state.explains.tokens,
  widened: state.timeout.floor_ms > 0,
  queries: batch.queries.map(({ stats }) => stats.key),
  window: batch.cycle.window !== undefined,
});
type Known = ReturnType<typeof summary>;
const nothing: Known = {
  brake: undefined,
  baseline: undefined,
  credited: false,
  explained: [],
  failures: [],
  sent: 0,
  widened: false,
  queries: [],
  window: false,
};

/** Until one has an answer, the next cycle looks at all of them again. */
const unlooked: Partial<Known> = { baseline: undefined, credited: false, window: false };

/** All that a cycle asks, and what each answer adds to what is known; EXPLAINs cost first. */
const course: [Call, number, Partial<Known>][] = [
  ['open', 1, {}],
  ['lock', 1, {}],
  ['health', 1, { brake: 'primary' }],
  ['prerequisites', 1, {}],
  ['snapshot', 1, { baseline: 4, credited: true, window: true }],
  ['prepare', 1, { sent: 1 }],
  ['explain', 1, { explained: ['a'], failures: ['b'], sent: 2, queries: ['a', 'b'] }],
  ['explain', 2, { failures: ['b', 'c'], sent: 3, widened: true, queries: ['a', 'b', 'c'] }],
  ['explain', 3, { explained: ['a', 'd'], sent: 3, queries: ['a', 'b', 'c', 'd'] }],
  ['texts', 1, {}],
];

describe.each(course.map(([call, nth], answered) => ({ call, nth, answered })))(
  'a cycle that is cut short at $call $nth',
  ({ call, nth, answered }) => {
    it('says why, and keeps all that came before', async () => {
      const ended = await cutAt(call, nth, 'ownership_lost');
      const { state, batch } = ended;
      const outcome = { kind: 'skipped', reason: 'ownership_lost', detail: 'cut short' };
      expect(batch.cycle.outcome).toEqual(outcome);
      const gains = course.slice(0, answered).map(([, , gain]) => gain);
      const known = Object.assign({ ...nothing }, ...gains) as Known;
      expect(summary(ended)).toEqual(known.queries.length > 0 ? known : { ...known, ...unlooked });
      expect(state).toMatchObject({ cycle: 1, generation: 1, startedAt: clock.now() });
    });
    it('charges the database time until then, and keeps what the session noted', async () => {
      const { state, batch } = await cutAt(call, nth, 'ownership_lost');
      expect(batch.cycle.databaseMs).toBe(answered * callMs);
      expect(state.databaseTime.tokens).toBe(time_ms - answered * callMs);
      if (answered === 0) expect(state.notes).toBe('earlier');
      else expect(state.notes).toMatchObject({ [call]: nth });
    });
    it('counts for the circuit only if it failed', async () => {
      const skipped = await cutAt(call, nth, 'program_ending');
      expect(skipped.state.breaker).toEqual({ state: 'closed', failures: 0 });
      const failed = await cutAt(call, nth, 'cycle_timeout');
      expect(failed.state.breaker).toEqual({ state: 'closed', failures: 1 });
      const fault = await cutAt(call, nth, 'library_fault');
      expect(fault.state.breaker).toMatchObject({
        state: 'open',
        cause: { code: 'library_fault' },
      });
    });
  },
);
