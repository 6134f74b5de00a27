import type { StopPreview, StopProgress } from '../../data/answers.ts';
import type { StopScope } from '../../data/stops.ts';

/** What a stop will do and has done, in words that promise nothing. Pure. */
export type ScopeKind = 'all' | 'namespace' | 'these';

export interface ScopeChoice {
  kind: ScopeKind;
  namespace: string;
  /** namespace/name, of what was selected before. */
  targets: readonly string[];
}

/** undefined: something is still to be chosen. */
export function scopeOf({ kind, namespace, targets }: ScopeChoice): StopScope | undefined {
  if (kind === 'all') return { all: true };
  if (kind === 'namespace') return namespace ? { namespaces: [namespace] } : undefined;
  return targets.length ? { targets: [...targets] } : undefined;
}

const whole = (count: number) => count.toLocaleString('en-US');
const counted = (count: number, what: string) => `${whole(count)} ${what}${count === 1 ? '' : 's'}`;

export const buttonWords = (preview: StopPreview | undefined): string =>
  preview ? `Stop ${counted(preview.targets, 'target')}` : 'Stop';

export const previewWords = ({ running }: StopPreview): string =>
  running
    ? `${counted(running, 'cycle')} that ${running === 1 ? 'runs' : 'run'} now will be cancelled.`
    : 'No cycle runs at this moment.';

/** Two seconds are what a replica may take; who has not said so by then is named. */
const patience_ms = 2_000;

export interface ProgressWords {
  tone: 'info' | 'stopped' | 'warning';
  text: string;
}
export function progressWords(
  progress: StopProgress | undefined,
  waited_ms: number,
): ProgressWords {
  if (!progress) return { tone: 'info', text: 'Asked for. Waiting for what the replicas say …' };
  const { confirmed, waiting, cancelled, stillRunning, replicas, done } = progress;
  const said =
    `${confirmed.length} of ${counted(replicas.length, 'replica')} confirm` +
    (cancelled === null ? '' : `, ${counted(cancelled, 'cycle')} cancelled`);
  if (done) return { tone: 'stopped', text: `Stopped. ${said}.` };
  const open = [
    waiting.length ? `not confirmed by ${waiting.join(', ')}` : '',
    stillRunning ? `${counted(stillRunning, 'cycle')} still running` : '',
  ].filter(Boolean);
  return {
    tone: waited_ms > patience_ms ? 'warning' : 'info',
    text: `${said}; ${open.join('; ')}.`,
  };
}
