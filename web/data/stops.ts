import type { StopAnswer, StopPreview, StopProgress } from './answers.ts';
import { ask, inPath } from './client.ts';
import { Failure } from './failure.ts';

/** Emergency stops: what one would do, one that is asked for, what became of it, its end. */
export type StopScope = StopAnswer['scope'];

export const previewStop = (scope: StopScope, signal: AbortSignal): Promise<StopPreview> =>
  ask('stop?dryRun=1', { method: 'POST', body: { scope, reason: 'preview' }, signal });
export const stopNow = (said: { scope: StopScope; reason: string }): Promise<StopAnswer> =>
  ask('stop', { method: 'POST', body: said });
export const readProgress = (id: string, signal: AbortSignal): Promise<StopProgress> =>
  ask(`stops/${inPath(id)}`, { signal });
/** Where somebody else was faster, it is as it was wanted. */
export const resume = (which: { id: string } | { all: true }): Promise<unknown> =>
  ask('resume', { method: 'POST', body: which }).catch((error: unknown) => {
    if (!(error instanceof Failure && error.kind === 'missing')) throw error;
  });
