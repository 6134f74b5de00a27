import type { EmergencyStopStatus } from './status.ts';

/**
 * `acknowledged` was `obeyed` before. Both are written: a CRD that was installed before knows, and
 * prints, the former one; the present one drops it. Pure.
 */
export const withFormerNames = (status: EmergencyStopStatus): object => ({
  ...status,
  ...(status.acknowledged === undefined ? {} : { obeyed: status.acknowledged }),
});
