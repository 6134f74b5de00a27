import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import {
  type ScriptedStatement,
  scriptedEngine,
  unparsable,
} from '../../test/support/scripted-engine.ts';
import { cyclesOf, makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { LostAtWork } from '../engines/watchdog.ts';

const statements: ScriptedStatement[] = ['a', 'b', 'c', 'd', 'e'].map((key, i) => ({
  key,
  totalMs: 30 - i,
}));

/** Timeouts that allow three at once, from the first cycle on. */
const spec = { safety: { statementTimeout: { min: '500ms', max: '1500ms' } } };

async function run({
  together = true,
  of = statements,
  failing = 0,
  failure = new AppError('connection_failed', 'gone'),
}: {
  together?: boolean;
  of?: readonly ScriptedStatement[];
  failing?: number;
  failure?: AppError;
}) {
  const log: string[] = [];
  const engine = scriptedEngine({
    statements: of,
    together,
    before: (call, nth) => {
      if (call !== 'explain') return;
      log.push('sent');
      if (nth === failing) throw failure;
    },
  });
  const analyse = async () => {
    log.push('judged');
    return [];
  };
  const { batch, state } = await cyclesOf(makeTarget({ port: 1, spec }), {
    engine,
    analyse,
    clock: createFakeClock(),
  }).run();
  return {
    log: log.join(' '),
    queries: batch.queries.map(({ stats }) => stats.key),
    outcome: batch.cycle.outcome,
    failures: [...state.failures].map(([key, { code }]) => `${key} ${code}`),
    charged: 30 - state.explains.tokens,
  };
}

it('as many leave at once as could all be late without taking longer than one may', async () => {
  expect(await run({})).toMatchObject({
    log: 'sent sent sent judged judged judged sent sent judged judged',
    queries: ['a', 'b', 'c', 'd', 'e'],
    charged: 5,
  });
});

it('one after the other where the engine takes no more', async () => {
  const { log } = await run({ together: false });
  expect(log).toBe(Array.from({ length: 5 }, () => 'sent judged').join(' '));
});

it('what is refused before it is sent takes no place among them, and keeps its own', async () => {
  const of = [
    ...statements.slice(0, 2),
    { key: 'x', totalMs: 28.5, refused: unparsable },
    ...statements.slice(2),
  ];
  expect(await run({ of })).toMatchObject({
    log: 'sent sent sent judged judged judged sent sent judged judged',
    queries: ['a', 'b', 'x', 'c', 'd', 'e'],
  });
});

it('what ends the cycle leaves what was answered before, and charges what was sent', async () => {
  expect(await run({ failing: 2 })).toMatchObject({
    queries: ['a'],
    outcome: { kind: 'failed', error: 'connection_failed' },
    charged: 3,
  });
});

it('a statement with which the server was lost is told and remembered; what was behind it is not', async () => {
  const failure = new LostAtWork(new AppError('connection_failed', 'gone'));
  expect(await run({ failing: 2, failure })).toMatchObject({
    queries: ['a', 'b'],
    outcome: { kind: 'failed', error: 'connection_failed' },
    failures: ['b server_lost'],
    charged: 3,
  });
});

it('one whose connection alone was killed is not blamed for the server', async () => {
  const failure = new LostAtWork(new AppError('connection_failed', 'killed'), true);
  expect(await run({ failing: 2, failure })).toMatchObject({
    outcome: { kind: 'failed', error: 'connection_failed' },
    failures: ['b connection_failed'],
  });
});
