import type { Coverage, CycleReport } from '../model/batch.ts';

/**
 * A cycle's report as a history keeps it → as the program knows it. Reports of earlier versions say
 * `withReason` where `accountedFor` stands today.
 */
type Stored = Omit<CycleReport, 'coverage'> & {
  coverage?: Omit<Coverage, 'accountedFor'> & { accountedFor?: number; withReason?: number };
};

/** Pure. The same report where it has today’s names. */
export function storedReport(stored: CycleReport | Stored): CycleReport {
  const { coverage, ...report }: Stored = stored;
  if (!coverage) return report;
  const { withReason, accountedFor = withReason ?? coverage.explained, ...shares } = coverage;
  return { ...report, coverage: { ...shares, accountedFor } };
}
