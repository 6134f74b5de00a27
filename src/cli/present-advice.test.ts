import { expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../test/support/advice.ts';
import { proposalLines, runLines, stageLine } from './present-advice.ts';

const proposal = makeProposal('adv-1', { benefit: 3_600_000 });

it('says what, where, what it saves, how sure, and what nothing is advised for', () => {
  const text = runLines(makeRun(1, [proposal]), 170);
  expect(text).toContain('42 of 60 statements could be planned; 312 plans in 8s');
  expect(text).toMatch(/31% +create index +public\.orders \(customer_id, created_at desc\)/);
  expect(text).toMatch(/8,215 → 25 +5 MiB/);
  expect(text).toContain('41 of 42 plans are the same');
  expect(text).toContain('no other set within the budget is cheaper, by the model (proven)');
  expect(text).toMatch(/ 3 {2}no_sample {2}The server has no text/);
  expect(text).toContain('dbintel advise show adv-1');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(170);
});
it('says how far each is, where one is further than proposed', () => {
  const run = makeRun(1, [proposal, makeProposal('adv-2', {})]);
  const shown = (phases: [string, 'Proposed' | 'RolledBack'][]) =>
    runLines(run, 170, { phases: new Map(phases) });
  expect(shown([['adv-1', 'Proposed']])).not.toContain('STATE');
  const text = shown([
    ['adv-1', 'RolledBack'],
    ['adv-2', 'Proposed'],
  ]);
  expect(text).toMatch(/ STATE +ID\n.* RolledBack {2}adv-1\n.* Proposed {4}adv-2\n/);
});
it('says of a drop what it frees and saves writes, and nothing of time', () => {
  const { change, evidence, ...rest } = makeProposal('adv-2', {});
  const gone = { benefitShare: 0, benefitMsPerDay: 0, sizeBytes: -5_242_880, writeMsPerDay: -120 };
  const drop = {
    ...rest,
    change: { ...change, kind: 'drop-index' as const, because: { kind: 'invalid' as const } },
    evidence: { ...evidence, ...gone, statements: [] },
  } as typeof proposal;
  const text = runLines(makeRun(1, [proposal, drop]), 170);
  expect(text).toMatch(/– +drop invalid index .* – +-5 MiB +-120 ms +high/);
  expect(text).toContain('5 MiB of the budget of 1 GiB; what is dropped frees 5 MiB');
  const state = { id: 'adv-2', phase: 'Proposed' as const, since: 1 };
  const all = proposalLines({ ...drop, state }, 120);
  expect(all).toMatch(/frees +5 MiB\nwrites save +120 ms a day/);
  expect(all).not.toContain('of database time');
});
it('says on how little a figure of a day stands', () => {
  const state = { id: 'adv-1', phase: 'Proposed' as const, since: 1 };
  const of = (watchedMs: number) =>
    proposalLines({ ...proposal, evidence: { ...proposal.evidence, watchedMs }, state }, 120);
  const rate = ', at the rate of the 40s that were watched\n';
  expect(of(40_000)).toContain(`1h a day, if time follows cost${rate}`);
  expect(of(40_000)).toContain(`writes pay  120 ms a day${rate}`);
  expect(of(86_400_000)).not.toContain('watched');
});
it('says why there is none', () => {
  const none = makeRun(1, []);
  expect(runLines(none, 100)).toContain('no index within 1 GiB saves more than it costs');
  const of = (weighed: number) => ({ ...none, statements: { weighed, planned: 0 } });
  expect(runLines(of(0), 100)).toContain('no statements of the last 7 days');
  expect(runLines(of(9), 100)).toContain('none of its statements could be planned');
});
it('tells all of one: who gains, who pays, what is done and what takes it back', () => {
  const state = { id: 'adv-1', phase: 'Proposed' as const, since: 1 };
  const text = proposalLines({ ...proposal, state }, 120);
  expect(text).toContain('31% of database time, 1h a day, if time follows cost\n');
  expect(text).toMatch(/-- what is done\nCREATE INDEX CONCURRENTLY/);
  expect(text).toMatch(/-- what takes it back\nDROP INDEX CONCURRENTLY/);
  expect(text).toMatch(/who gains[\s\S]*8,215 → 25[\s\S]*who pays[\s\S]*8\.3 → 8\.4/);
  expect(text).toContain('sha256:adv-1');
  expect(stageLine({ kind: 'try', done: 3, of: 9 })).toBe('trying indexes, 3 of 9');
});
