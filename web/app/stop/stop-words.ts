import type { PastStop, StopPreview, StopProgress } from '../../data/answers.ts';
import type { StopScope } from '../../data/stops.ts';
import { clock, span } from '../../parts/span.ts';

/** What a stop will do and has done, in words that promise nothing. Pure. */
export type ScopeKind = 'all' | 'namespace' | 'these' | 'selector';

export interface ScopeChoice {
  kind: ScopeKind;
  namespace: string;
  /** As it is typed. */
  selector: string;
  /** namespace/name, of what was selected before. */
  targets: readonly string[];
}

/** undefined: something is still to be chosen. */
export function scopeOf(choice: ScopeChoice): StopScope | undefined {
  const { kind, namespace, targets } = choice;
  if (kind === 'all') return { all: true };
  if (kind === 'namespace') return namespace ? { namespaces: [namespace] } : undefined;
  if (kind === 'selector') {
    const selector = selectorOf(choice.selector);
    return selector && { selector };
  }
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
    `confirmed by ${confirmed.length} of ${counted(replicas.length, 'replica')}` +
    (cancelled === null ? '' : `, ${counted(cancelled, 'cycle')} cancelled`);
  if (done) return { tone: 'stopped', text: `Stopped, ${said}.` };
  const open = [
    waiting.length ? `not by ${waiting.join(', ')}` : '',
    stillRunning ? `${counted(stillRunning, 'cycle')} still running` : '',
  ].filter(Boolean);
  return {
    tone: waited_ms > patience_ms ? 'warning' : 'info',
    text: `${said}; ${open.join('; ')}.`,
  };
}

const selectorPattern = /^[\w./-]+={1,2}[\w.-]*$/;

/** `tier=gold,env=prod`, as the command takes it; undefined: not yet, or not one. */
export function selectorOf(text: string): { matchLabels: Record<string, string> } | undefined {
  const pairs = text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  if (pairs.length === 0 || !pairs.every((each) => selectorPattern.test(each))) return undefined;
  return { matchLabels: Object.fromEntries(pairs.map((each) => each.split(/={1,2}/, 2))) };
}

/** More are not read on a line. */
const mostNamespaces = 6;

/** `12 targets in 2 namespaces: shop 9, bank 3`. */
export function coveredWords({ targets, namespaces = {} }: StopPreview): string {
  const sorted = Object.entries(namespaces).toSorted(([, a], [, b]) => b - a);
  const rest = sorted.length - mostNamespaces;
  const named = sorted.slice(0, mostNamespaces).map(([name, count]) => `${name} ${whole(count)}`);
  return (
    `${counted(targets, 'target')} in ${counted(sorted.length, 'namespace')}: ` +
    `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  );
}

/** `for 12 min, until 27 Nov, 11:02:13, lifted by eva`. */
export function endWords({ since, until, sawEnd, liftedBy }: PastStop): string {
  const end = sawEnd ? `until ${clock(until)}` : `last seen in force ${clock(until)}`;
  return `for ${span(until - since)}, ${end}${liftedBy ? `, lifted by ${liftedBy}` : ''}`;
}

/** What it did, and how soon the last of the replicas obeyed. */
export function didWords({ since, covered, cancelled, replicas }: PastStop): string {
  const times = replicas.map(({ confirmedAt }) => confirmedAt);
  const silent = replicas.filter(({ confirmedAt }) => confirmedAt === undefined);
  const known = times.filter((each) => each !== undefined);
  const confirmed =
    replicas.length === 0
      ? 'what replicas did is not known'
      : silent.length
        ? `never confirmed by ${silent.map(({ pod }) => pod).join(', ')}`
        : `${counted(replicas.length, 'replica')} confirmed within ` +
          seconds(Math.max(...known) - since);
  return [
    covered === null ? '' : `covered ${counted(covered, 'target')}`,
    cancelled === null ? '' : `cancelled ${counted(cancelled, 'cycle')}`,
    confirmed,
  ]
    .filter(Boolean)
    .join(', ');
}
const seconds = (ms: number) => `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;

/** Longer lines are nobody's to type. */
const mostNamed = 5;

/** The options of the command that stops the same. */
export function scopeOptions({ kind, namespace, selector, targets }: ScopeChoice): string {
  if (kind === 'all') return '--all';
  if (kind === 'namespace') return `--namespace ${namespace || '…'}`;
  if (kind === 'selector')
    return `--selector ${selectorOf(selector) ? selector.replaceAll(' ', '') : '…'}`;
  const named = targets.slice(0, mostNamed).map((target) => `--target ${target}`);
  return [...named, ...(targets.length > mostNamed ? ['--target …'] : [])].join(' ');
}
