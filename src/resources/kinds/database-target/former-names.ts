import { type DatabaseTargetStatus, databaseTargetStatus } from './status.ts';

/**
 * Fields of a status that had another name before: `seen` and `mend` of a prerequisite,
 * `withReason` of the coverage. A status that an older program wrote is read with the names of
 * today. Towards the API server both are written: a CRD that was installed before requires the
 * former names, the present one drops them.
 */
interface FormerStatus {
  prerequisites?: ({ seen?: unknown; mend?: unknown } & Record<string, unknown>)[];
  coverage?: { withReason?: unknown } & Record<string, unknown>;
}

/** Pure. What is not as a status has it stays as it is: the schema says so. */
export function withCurrentNames<Status>(stored: Status): Status {
  const { prerequisites, coverage } = (stored ?? {}) as FormerStatus;
  if (!prerequisites && !coverage) return stored;
  return {
    ...stored,
    ...(Array.isArray(prerequisites)
      ? { prerequisites: prerequisites.map(currentPrerequisite) }
      : {}),
    ...(coverage ? { coverage: currentCoverage(coverage) } : {}),
  };
}

/** Throws ZodError where it is no status of any version. */
export const parseStatus = (stored: unknown): DatabaseTargetStatus =>
  databaseTargetStatus.parse(withCurrentNames(stored));

/** As it is sent to the API server. */
export const withFormerNames = (status: DatabaseTargetStatus): object => ({
  ...status,
  ...(status.prerequisites
    ? {
        prerequisites: status.prerequisites.map((each) => ({
          ...each,
          seen: each.observed ?? '',
          ...(each.remediation ? { mend: each.remediation } : {}),
        })),
      }
    : {}),
  ...(status.coverage
    ? { coverage: { ...status.coverage, withReason: status.coverage.accountedFor ?? '' } }
    : {}),
});

const currentPrerequisite = ({
  seen,
  mend,
  ...rest
}: NonNullable<FormerStatus['prerequisites']>[number]) => ({
  ...(seen === undefined ? {} : { observed: seen }),
  ...(mend === undefined ? {} : { remediation: mend }),
  ...rest,
});

const currentCoverage = ({ withReason, ...rest }: NonNullable<FormerStatus['coverage']>) => ({
  ...(withReason === undefined ? {} : { accountedFor: withReason }),
  ...rest,
});
