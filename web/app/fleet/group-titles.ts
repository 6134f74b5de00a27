import { engineTitles, looksOf } from './state-words.ts';

/** What rows can be put together by, and what stands above each group. */
export const groupTitles: Readonly<Record<string, string>> = {
  state: 'state',
  namespace: 'namespace',
  engine: 'engine',
  owner: 'owner',
};

export function groupTitle(by: string | undefined, group: string, count: number): string {
  return `${nameOf(by, group)} · ${count.toLocaleString('en-US')}`;
}

function nameOf(by: string | undefined, group: string): string {
  if (!group) return by === 'owner' ? 'nobody' : 'unknown';
  if (by === 'state') return looksOf(group).word;
  return by === 'engine' ? (engineTitles[group] ?? group) : group;
}
