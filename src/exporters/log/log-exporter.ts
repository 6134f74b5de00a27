import type { Logger } from '../../base/logger.ts';
import { findingsOf, isExplained } from '../../model/batch.ts';
import { isMuted } from '../../model/verdict.ts';
import type { Exporter } from '../exporter.ts';

/**
 * One line a cycle, one a new finding's statement: what happened, in fields. Texts are redacted
 * already; here they are left out all the same.
 */
export function createLogExporter(logger: Logger): Exporter {
  return {
    name: 'log',
    async export({ target, cycle, queries }) {
      const { outcome, number, selected, explained, unexplained, coverage, safety } = cycle;
      const fields = {
        target: `${target.namespace}/${target.name}`,
        cycle: number,
        epoch: target.epoch,
        outcome: outcome.kind,
        ...('reason' in outcome ? { code: outcome.reason } : {}),
        ...('error' in outcome ? { code: outcome.error } : {}),
        selected,
        explained,
        unexplained,
        coverage: coverage?.explained,
        ...(coverage?.unknown ? { coverage_unknown: coverage.unknown } : {}),
        ...(coverage?.reasons ? { coverage_reasons: coverage.reasons } : {}),
        ...(cycle.window?.began ? { began: cycle.window.began } : {}),
        duration_ms: Math.round(cycle.durationMs),
        database_ms: Math.round(cycle.databaseMs),
        circuit: safety.circuit,
      };
      if (outcome.kind === 'failed')
        logger.warn(fields, `cycle failed: ${outcome.detail ?? outcome.error}`);
      else logger.info(fields, `cycle ${outcome.kind}`);
      for (const query of queries) {
        const told = findingsOf(query).filter((each) => !isMuted(each));
        for (const { rule, category, severity, saves, message } of told) {
          logger.debug(
            {
              target: fields.target,
              fingerprint: query.fingerprint.value,
              ...(isExplained(query) ? { plan: query.result.plan.hash.shape } : {}),
              rule,
              category,
              severity,
              saves,
            },
            message,
          );
        }
      }
    },
    flush: async () => undefined,
    close: async () => undefined,
  };
}
