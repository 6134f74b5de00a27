import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import { asAppError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { CycleOutcome } from '../model/batch.ts';
import type { Answer } from './step.ts';

/** How a cycle ended: by what its statements said, or by what ended it. Pure. */

/**
 * One bad statement is no failed cycle; when none of several gets an answer, the server is the
 * matter.
 */
export function outcomeOf(answers: readonly Answer[]): CycleOutcome {
  const results = answers.map(({ query }) => query.result);
  const explained = results.some(({ kind }) => kind === 'explained');
  const timedOut = results.some(
    (result) => result.kind === 'refused' && result.code === 'statement_timeout',
  );
  return timedOut && !explained
    ? { kind: 'failed', error: 'statement_timeout', detail: 'every EXPLAIN timed out' }
    : { kind: 'collected' };
}

/** What ends a cycle without saying anything about its server. */
const cutShort = new Set<Code>([
  'emergency_stop',
  'suspended',
  'ownership_lost',
  'fenced',
  'target_deleted',
  'invalid_manifest',
  'program_ending',
]);

export function outcomeOfError(
  error: unknown,
  by: { clock: Clock; random: Random; settings: { interval_ms: number } },
): CycleOutcome {
  const { code, message } = asAppError(error);
  if (cutShort.has(code)) return { kind: 'skipped', reason: code, detail: message };
  if (code !== 'locked_by_peer') return { kind: 'failed', error: code, detail: message };
  const until = by.clock.now() + peerWait(by.settings.interval_ms, by.random);
  return { kind: 'deferred', reason: code, until, detail: message };
}

/**
 * Two targets on one server take turns: who found it taken comes back soon, at a moment of its own,
 * or it would find it taken again.
 */
const peerWait = (interval_ms: number, random: Random) => interval_ms * (0.1 + 0.3 * random.next());
