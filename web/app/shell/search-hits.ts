import type { SearchAnswer } from '../../data/answers.ts';
import type { Tone } from '../../parts/mark.tsx';
import { looksOf } from '../fleet/state-words.ts';
import { queryPath, targetPath } from '../paths.ts';

/** What a word was found in, as lines that lead somewhere. Pure. */
export interface Hit {
  key: string;
  to: string;
  /** Of its kind: how a target is, how bad a finding. */
  tone?: Tone;
  title: string;
  /** Where it is. */
  note: string;
}

export interface HitGroup {
  title: string;
  hits: readonly Hit[];
  more: boolean;
}

export function hitGroups({ targets, statements, findings }: SearchAnswer): HitGroup[] {
  const groups: HitGroup[] = [
    {
      title: 'Targets',
      more: targets.more,
      hits: targets.items.map(({ uid, namespace, name, state, why }) => ({
        key: uid,
        to: targetPath(namespace, name),
        tone: looksOf(state).tone,
        title: `${namespace}/${name}`,
        note: why ?? looksOf(state).word,
      })),
    },
    {
      title: 'Findings',
      more: findings.more,
      hits: findings.items.map(
        ({ target, namespace, name, fingerprint, rule, severity, message }) => ({
          key: `${target} ${rule} ${fingerprint}`,
          to: queryPath(namespace, name, fingerprint),
          tone: severity,
          title: `${rule}: ${message}`,
          note: `${namespace}/${name}`,
        }),
      ),
    },
    {
      title: 'Statements',
      more: statements.more,
      hits: statements.items.map(({ target, namespace, name, fingerprint, text }) => ({
        key: `${target} ${fingerprint}`,
        to: queryPath(namespace, name, fingerprint),
        title: text ?? fingerprint,
        note: `${namespace}/${name}`,
      })),
    },
  ];
  return groups.filter(({ hits }) => hits.length > 0);
}

/** What was left out, and why; undefined: nothing was. */
export function searchGap({ problem, statements }: SearchAnswer): string | undefined {
  if (problem !== undefined) return 'Statements and findings could not be looked through.';
  return statements.whole
    ? undefined
    : 'There are too many statements: not all were looked through.';
}
