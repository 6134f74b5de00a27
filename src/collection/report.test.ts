import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { scriptedEngine, unparsable } from '../../test/support/scripted-engine.ts';
import { cyclesOf, makeTarget } from '../../test/support/target.ts';

const clock = createFakeClock();
const statements = [
  { key: 'a', totalMs: 50 },
  { key: 'b', totalMs: 30, refused: unparsable },
  { key: 'waits', totalMs: 15 },
  { key: 'other', totalMs: 5, database: 'other' },
];
const cycles = (over: object = {}) =>
  cyclesOf(
    makeTarget({
      port: 1,
      spec: {
        databases: { include: ['d'] },
        collection: { maxQueriesPerCycle: 1 },
      },
    }),
    { engine: scriptedEngine({ statements }), clock, ...over },
  );

describe('the heaviest statements', () => {
  it('are those of the target’s databases, each with its plan or the reason why not', async () => {
    const { batch } = await cycles().run();
    expect(batch.cycle.top).toMatchObject([
      { fingerprint: 'f-a', timeShare: 50 / 95, text: 'a', cost: 1 },
      { fingerprint: 'f-b', code: 'unparsable' },
      { fingerprint: 'qwaits', text: 'text of waits', code: 'not_selected' },
    ]);
    expect(batch.cycle.top[0]).not.toHaveProperty('code');
  });
  it('are told without findings that somebody has muted', async () => {
    const verdicts = ['accepted', 'dismissed', 'snoozed'] as const;
    const run = cycles({
      recall: async () => {
        const findings = verdicts.map((verdict) => ({ rule: verdict, message: 'm', verdict }));
        return new Map([['f-a', { findings: [...findings, { rule: 'r', message: 'm' }] }]]);
      },
    });
    await run.run();
    const { batch } = await run.run();
    expect(batch.cycle.top.find(({ fingerprint }) => fingerprint === 'f-a')?.findings).toEqual([
      { rule: 'accepted', message: 'm', verdict: 'accepted' },
      { rule: 'r', message: 'm' },
    ]);
  });
  it('are known from earlier cycles, here or elsewhere', async () => {
    const asked: string[][] = [];
    const run = cycles({
      recall: async (fingerprints: string[]) => {
        asked.push(fingerprints);
        const findings = [{ rule: 'r', message: 'm' }];
        return new Map([['f-a', { text: 'SELECT 1', hash: 'h', cost: 3, findings }]]);
      },
    });
    const first = await run.run();
    const second = await run.run();
    expect(asked.at(-1)).toContain('f-a');
    expect(second.batch.queries.map(({ stats }) => stats.key)).not.toContain('a');
    expect(first.batch.cycle.top[0]?.plan).toBeDefined();
    expect(second.batch.cycle.window).toMatchObject({ sinceStatisticsBegan: false });
  });
});

it('coverage counts what was refused, left out and not yet asked, each as what it is', async () => {
  const script = { statements: statements.map((each) => ({ ...each })) };
  const target = makeTarget({
    port: 1,
    spec: { databases: { include: ['d'] }, collection: { exclude: { users: ['u'] } } },
  });
  const run = cyclesOf(target, { engine: scriptedEngine(script), clock });
  await run.run();
  const { batch } = await run.run();
  expect(batch.cycle).toMatchObject({ selected: 0, explained: 0, unexplained: {} });
  expect(batch.cycle.top.every(({ code }) => code === 'excluded')).toBe(true);
});
