import type { Logger } from '../../base/logger.ts';
import { type CycleOutcome, findingsOf, isExplained } from '../../model/batch.ts';
import { isMuted } from '../../model/verdict.ts';
import type { ExportedTarget, Exporter } from '../exporter.ts';

/**
 * One line a cycle, one a new finding's statement: what happened, in fields. Texts are redacted
 * already; here they are left out all the same. That a cycle did nothing is told once for as long
 * as it has the same reason: ten thousand targets under a stop, or whose circuits are open, would
 * say so again in every interval.
 */
export function createLogExporter(logger: Logger): Exporter {
  const idle = new Map<string, string>();
  function isKnown(target: ExportedTarget, outcome: CycleOutcome): boolean {
    const key = keyOf(target);
    const why = 'reason' in outcome ? outcome.reason : undefined;
    const known = why !== undefined && idle.get(key) === why;
    if (why === undefined) idle.delete(key);
    else idle.set(key, why);
    return known;
  }
  return {
    name: 'log',
    async export({ target, cycle, queries }) {
      const { outcome, number, selected, explained, unexplained, coverage, safety } = cycle;
      const fields = {
        target: keyOf(target),
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
      else logger[isKnown(target, outcome) ? 'debug' : 'info'](fields, `cycle ${outcome.kind}`);
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
    forget: (target) => void idle.delete(keyOf(target)),
  };
}

const keyOf = ({ namespace, name }: ExportedTarget): string => `${namespace}/${name}`;
