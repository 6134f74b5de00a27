import { expect, it } from 'vitest';
import { contextOf } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import {
  type ScriptedStatement,
  scriptedEngine,
  unparsable,
} from '../../test/support/scripted-engine.ts';
import { cyclesOf, makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { LostAtWork } from '../engines/watchdog.ts';
import { emptyShape } from '../model/query-shape.ts';
import { refused } from '../model/refusal.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

const three: ScriptedStatement[] = ['a', 'b', 'c'].map((key, i) => ({ key, totalMs: 30 - i }));

/** The second of three statements fails in the way that is given; what became of each. */
async function explainThree(failure: unknown, call: 'explain' | 'analyse' = 'explain') {
  const engine = scriptedEngine({
    statements: three,
    before: (made, nth) => {
      if (made === call && nth === 2) throw failure;
    },
  });
  let analysed = 0;
  const analyse = async () => {
    analysed += 1;
    if (call === 'analyse' && analysed === 2) throw failure;
    return [];
  };
  const { batch, state } = await cyclesOf(makeTarget({ port: 1 }), {
    engine,
    analyse,
    clock: createFakeClock(),
  }).run();
  const results = batch.queries.map(({ result }) =>
    result.kind === 'refused' ? result.code : 'plan',
  );
  return { results, outcome: batch.cycle.outcome, sent: 30 - state.explains.tokens };
}

it.each(['explain', 'analyse'] as const)(
  'a mistake in what follows %s of one plan is that statement’s alone',
  async (call) => {
    const mistakes = [
      new TypeError("Cannot read properties of null (reading 'x')"),
      new RangeError('Maximum call stack size exceeded'),
    ];
    for (const mistake of mistakes)
      expect(await explainThree(mistake, call)).toMatchObject({
        results: ['plan', 'internal', 'plan'],
        outcome: { kind: 'collected' },
      });
  },
);

it('what the server says by a code is the cycle’s; what it answered before stays', async () => {
  expect(await explainThree(new AppError('connection_failed', 'gone'))).toMatchObject({
    results: ['plan'],
    outcome: { kind: 'failed', error: 'connection_failed' },
  });
});

it('an EXPLAIN whose plan the cycle could not judge was sent all the same', async () => {
  const judged = await explainThree(new AppError('internal', 'no history'), 'analyse');
  const whole = await explainThree(undefined, 'analyse');
  expect(judged).toMatchObject({ results: ['plan'], outcome: { kind: 'failed' } });
  expect(judged.sent).toBe(2);
  expect(whole.sent).toBe(3);
});

it('one that is refused before it is sent takes no place: the next in rank gets it', async () => {
  const statements = [{ key: 'x', totalMs: 40, refused: unparsable }, ...three];
  const target = makeTarget({ port: 1, spec: { collection: { maxQueriesPerCycle: 2 } } });
  const { batch } = await cyclesOf(target, { engine: scriptedEngine({ statements }) }).run();
  expect(batch.queries.map(({ stats }) => stats.key)).toEqual(['x', 'a', 'b']);
  expect(batch.cycle).toMatchObject({ selected: 3, explained: 2 });
});

it.each([false, true])('nor one that asked nothing, together: %s', async (together) => {
  const waiting = { answer: unparsable, sent: 0 };
  const statements = ['x', 'y', 'z'].map((key) => ({ key, totalMs: 40, ...waiting }));
  const target = makeTarget({ port: 1, spec: { collection: { maxQueriesPerCycle: 2 } } });
  const engine = scriptedEngine({ statements: [...statements, ...three], together });
  const { batch, state } = await cyclesOf(target, { engine, clock: createFakeClock() }).run();
  expect(batch.queries.map(({ stats }) => stats.key)).toEqual(['x', 'y', 'z', 'a', 'b']);
  expect(30 - state.explains.tokens).toBe(2);
});

it.each([false, true])(
  'those whose tables are looked for leave half to others, and take what these leave, together: %s',
  async (together) => {
    const looking = { answer: refused('rate_limited'), sent: 5, seeks: true };
    const tenants = Array.from({ length: 20 }, (_, i) => ({
      key: `t${i}`,
      totalMs: 90,
      ...looking,
    }));
    const others = Array.from({ length: 12 }, (_, i) => ({ key: `o${i}`, totalMs: 9 }));
    const of = async (statements: readonly ScriptedStatement[]) => {
      const spec = { safety: { statementTimeout: { min: '50ms', max: '5s' } } };
      const engine = scriptedEngine({ statements, together });
      const clock = createFakeClock();
      const { batch, state } = await cyclesOf(makeTarget({ port: 1, spec }), {
        engine,
        clock,
      }).run();
      const planned = batch.queries.filter(({ result }) => result.kind === 'explained').length;
      return { planned, looks: batch.queries.length - planned, left: state.explains.tokens };
    };
    expect(await of([...tenants, ...others])).toEqual({ planned: 7, looks: 3, left: 8 });
    expect(await of(tenants)).toMatchObject({ planned: 0, left: 0 });
    expect(await of([...tenants, ...others.slice(0, 4)])).toMatchObject({ planned: 4 });
  },
);

it('what its text refuses leaves room for others in what is prepared at once', async () => {
  const notes = (refusedByText: boolean): ScriptedStatement[] =>
    Array.from({ length: 30 }, (_, i) => ({
      key: `n${i}`,
      totalMs: 90 - i,
      refused: unparsable,
      refusedByText,
    }));
  const target = makeTarget({ port: 1, spec: { collection: { maxQueriesPerCycle: 8 } } });
  const prepares = async (refusedByText: boolean) => {
    const statements = [...notes(refusedByText), ...three];
    const engine = scriptedEngine({ statements });
    const { batch, state } = await cyclesOf(target, { engine }).run();
    expect(batch.queries.map(({ stats }) => stats.key).slice(30)).toEqual(['a', 'b', 'c']);
    return state.notes as object;
  };
  expect(await prepares(true)).toMatchObject({ prepare: 1 });
  expect(await prepares(false)).toMatchObject({ prepare: 2 });
});

it('one database after the other, each in its order', async () => {
  const statements = three.map((each, i) => ({ ...each, database: i === 1 ? 'other' : 'd' }));
  const target = makeTarget({ port: 1, spec: { databases: { include: ['*'] } } });
  const { batch } = await cyclesOf(target, { engine: scriptedEngine({ statements }) }).run();
  expect(batch.queries.map(({ stats }) => stats.key)).toEqual(['a', 'c', 'b']);
});

it('of one without a plan its text and tables tell something all the same', async () => {
  const shape = { ...emptyShape('insert'), writes: [{ name: 't' }] };
  const { facts } = contextOf('t');
  const said = (more: object) => ({ ...three[0], key: 'x', shape, facts, ...more });
  const statements: ScriptedStatement[] = [
    said({ key: 'early', refused: unparsable }),
    said({ key: 'late', answer: unparsable }),
    said({ key: 'unknown', refused: unparsable, facts: [] }),
  ];
  const looked: string[] = [];
  const run = (target: Target) =>
    cyclesOf(target, {
      engine: scriptedEngine({ statements }),
      analyseUnplanned: async ({ stats, facts: known }) => {
        looked.push(`${stats.key} ${known[0]?.name}`);
        return [];
      },
    }).run();
  const { batch } = await run(makeTarget({ port: 1 }));
  expect(looked).toEqual(['early t', 'late t']);
  expect(batch.queries.map(({ result }) => result)).toEqual([
    { ...unparsable, findings: [] },
    { ...unparsable, findings: [] },
    unparsable,
  ]);
  const exclude = { schemas: ['public'] };
  const { batch: excluded } = await run(makeTarget({ port: 1, spec: { collection: { exclude } } }));
  expect(looked).toHaveLength(2);
  expect(excluded.queries.map(({ result }) => result.kind === 'refused' && result.code)).toEqual([
    'excluded',
    'excluded',
    'unparsable',
  ]);
});

it('a server that was lost with two statements is asked about no third that day', async () => {
  let sent = 0;
  const engine = scriptedEngine({
    statements: three,
    before: (call) => {
      if (call !== 'explain') return;
      sent += 1;
      throw new LostAtWork(new AppError('connection_failed', 'gone'));
    },
  });
  const clock = createFakeClock();
  const cycles = cyclesOf(makeTarget({ port: 1 }), { engine, clock });
  await cycles.run();
  await cycles.run();
  expect(sent).toBe(2);
  const { batch } = await cycles.run();
  expect(batch.cycle.outcome).toMatchObject({ kind: 'skipped', reason: 'server_lost' });
  expect(sent).toBe(2);
  await clock.advance(86_400_000);
  await cycles.run();
  expect(sent).toBe(3);
});
