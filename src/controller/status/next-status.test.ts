import { expect, it } from 'vitest';
import { statusFacts as facts, cycleReport as report } from '../../../test/support/cycle-report.ts';
import fc from '../../../test/support/property.ts';
import { databaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { statusChange } from '../../targets/kubernetes/status-change.ts';
import { nextStatus } from './next-status.ts';

it('the status says the answer first, and fits its schema', () => {
  const status = nextStatus(undefined, { ...facts, report: report() });
  expect(databaseTargetStatus.parse(status)).toEqual(status);
  expect(status).toMatchObject({
    coverage: { explained: '93%', accountedFor: '98%' },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Collecting' },
      { type: 'PrerequisitesMet', status: 'Unknown' },
      { type: 'CollectionHealthy', status: 'True' },
      { type: 'SafetyThrottled', status: 'False' },
    ],
  });
  const open = nextStatus(status, {
    ...facts,
    now: facts.now + 60_000,
    report: report({
      outcome: { kind: 'deferred', reason: 'circuit_open', until: facts.now },
      safety: { statementTimeoutMs: 1_000, circuit: 'open', databaseTimeUsed: 0 },
      top: [],
    }),
  });
  expect(open.conditions?.[0]).toMatchObject({
    type: 'Ready',
    status: 'False',
    reason: 'CircuitOpen',
    message: expect.stringContaining('Next attempt at 22:13:21'),
  });
  expect(open.conditions?.[0]?.lastTransitionTime).not.toBe(
    status.conditions?.[0]?.lastTransitionTime,
  );
  expect(open.topQueries).toEqual(status.topQueries);
});

it('whatever goes into a status, it stays within 8 KB', () => {
  const long = fc.string({ minLength: 0, maxLength: 3_000 });
  fc.assert(
    fc.property(long, long, (a, b) => {
      const top = Array.from({ length: 15 }, () => ({
        fingerprint: 'f'.repeat(16),
        timeShare: 0.1,
        text: a,
        meanMs: 1,
        code: 'untrusted_function' as const,
        findings: Array.from({ length: 20 }, (_, i) => ({ rule: `rule-number-${i}`, message: b })),
      }));
      const prerequisites = Array.from({ length: 13 }, (_, i) => ({
        name: `p${i}`,
        verdict: 'failed' as const,
        observed: a,
        remediation: b,
      }));
      const status = nextStatus(undefined, {
        ...facts,
        prerequisites,
        report: report({
          top,
          outcome: { kind: 'failed', error: 'prerequisite_missing', detail: a },
        }),
      });
      expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(8_192);
      expect(databaseTargetStatus.safeParse(status).success).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('a new owner says of a plan that it does not know what the former one’s status said of the same plan', () => {
  const before = nextStatus(undefined, { ...facts, report: report() });
  const [known] = report().top;
  if (!known) throw new Error('no query');
  const shown = (over: Partial<typeof known>) =>
    nextStatus(before, {
      ...facts,
      report: report({ top: [{ ...known, text: '', findings: [], ...over }] }),
    }).topQueries?.[0];
  expect(shown({})).toMatchObject({ text: 'SELECT …', findings: ['full-scan'], plan: 'ph2:9c41' });
  expect(shown({ plan: 'ph2:other' })).toMatchObject({ text: '', findings: [] });
  expect(shown({ fingerprint: 'another' })).toMatchObject({ text: '', findings: [] });
});

it('a finding that somebody has accepted is marked', () => {
  const [known] = report().top;
  if (!known) throw new Error('no query');
  const finding = { message: 'm', verdict: 'accepted' as const };
  const findings = [
    { rule: 'spill', message: 'm' },
    { rule: 'full-scan', ...finding },
  ];
  const status = nextStatus(undefined, {
    ...facts,
    report: report({ top: [{ ...known, findings }] }),
  });
  expect(status.topQueries?.[0]?.findings).toEqual(['spill', 'full-scan (accepted)']);
  expect(status.summary?.['Query 1']).toMatch(/findings: spill, full-scan \(accepted\)$/);
});

it('a finding that somebody has spoken of is news, those of another plan are figures', () => {
  const [known] = report().top;
  if (!known) throw new Error('no query');
  const withFindings = (over: Partial<typeof known>) =>
    nextStatus(undefined, { ...facts, report: report({ top: [{ ...known, ...over }] }) });
  const found = withFindings({});
  expect(statusChange(found, withFindings({}))).toBe('figures');
  expect(statusChange(found, withFindings({ findings: [] }))).toBe('other');
  expect(statusChange(found, withFindings({ findings: [], plan: 'ph1:other' }))).toBe('figures');
});

it('while nothing runs, what was said since holds for the statements of before', () => {
  const [known] = report().top;
  if (!known) throw new Error('no query');
  const findings = ['spill', 'full-scan', 'misestimate'].map((rule) => ({ rule, message: 'm' }));
  const before = nextStatus(undefined, {
    ...facts,
    report: report({ top: [{ ...known, findings }] }),
  });
  const { fingerprint } = known;
  const common = { fingerprint, by: 'maria', at: 1, declared: false };
  const verdicts = [
    { ...common, rule: 'spill', kind: 'dismissed' as const, why: 'known' },
    { ...common, rule: 'full-scan', kind: 'accepted' as const },
    { ...common, rule: 'misestimate', kind: 'accepted' as const, fingerprint: 'another' },
  ];
  const idle = { ...facts, report: report({ top: [] }) };
  const after = nextStatus(before, { ...idle, verdicts });
  expect(after.topQueries?.[0]?.findings).toEqual(['full-scan (accepted)', 'misestimate']);
  const unknown = nextStatus(after, { ...idle, verdicts: undefined });
  expect(unknown.topQueries).toEqual(after.topQueries);
  expect(nextStatus(after, { ...idle, verdicts: [] }).topQueries?.[0]?.findings).toEqual([
    'full-scan',
    'misestimate',
  ]);
});

it('a first coverage is news, so is one that says something else; what moves with every cycle waits', () => {
  const { coverage: _, ...uncovered } = report();
  const covered = (explained?: number) =>
    nextStatus(undefined, {
      ...facts,
      report:
        explained === undefined ? uncovered : report({ coverage: { explained, accountedFor: 1 } }),
    });
  expect(statusChange(covered(), covered(0.05))).toBe('other');
  expect(statusChange(covered(0.05), covered(0.2))).toBe('figures');
  expect(statusChange(covered(0.05), covered(0.3))).toBe('other');
});
