import { formatDuration, formatSize, formatTime } from '../base/quantity.ts';
import { indexWords } from '../model/advice-words.ts';
import type { IndexesUsed, IndexUse, UseOnServer } from '../model/index-use.ts';
import type { DropReason } from '../model/proposal.ts';
import { type Column, renderTable, terminal } from './terminal.ts';

/** The indexes of a target as a person reads them: what could go, then each with who reads it. */
export function indexLines(found: IndexesUsed, label: string, now: number, width: number): string {
  const { items, total, bytes, servers, unknownServers } = found;
  if (total === 0)
    return (
      `${label}: nobody has looked at its indexes yet; dbintel advise does, and so does a ` +
      'program with spec.advice: { mode: propose }'
    );
  const going = items.filter(({ flags }) => flags.length > 0);
  const freed = going.reduce((sum, each) => sum + each.bytes, 0);
  const count = total === 1 ? '1 index' : `${total.toLocaleString('en-US')} indexes`;
  return [
    `${terminal.paint(label, 'bold')}  ${count}, ${formatSize(bytes)}; ` +
      (going.length
        ? `${going.length} could go and would free ${formatSize(freed)}`
        : 'none is known that could go'),
    ...(items.length ? ['', table(items, servers, now, width)] : []),
    '',
    ...servers.map(({ name, role, seenAt }) =>
      seenAt === undefined
        ? `${name}: nobody has looked at it`
        : `${name}: ${role}, looked at ${formatTime(seenAt).slice(0, 16).replace('T', ' ')} UTC`,
    ),
    ...(unknownServers ? ['There may be more replicas: spec.advice.replicas names them.'] : []),
  ].join('\n');
}

function table(
  items: readonly IndexUse[],
  servers: IndexesUsed['servers'],
  now: number,
  width: number,
): string {
  const databases = new Set(items.map(({ database }) => database));
  const ofDatabase: Column<IndexUse> = { title: 'DATABASE', value: ({ database }) => database };
  return renderTable(
    items,
    [
      { title: 'SIZE', align: 'right', value: ({ bytes }) => formatSize(bytes) },
      ...(databases.size > 1 ? [ofDatabase] : []),
      { title: 'INDEX', least: 20, value: ({ name }) => name },
      { title: 'ON', least: 30, value: ({ index }) => indexWords(index) },
      ...servers.map(
        ({ name }): Column<IndexUse> => ({
          title: servers.length > 1 ? `SCANS ${name}` : 'SCANS',
          least: 12,
          value: ({ use }) => scansWords(use, name, now),
        }),
      ),
      {
        title: 'KNOWN',
        least: 20,
        value: knownWords,
        colour: ({ flags }) => (flags.length ? 'yellow' : undefined),
      },
      { title: 'ADVICE', value: ({ proposal }) => proposal?.id ?? '–' },
    ],
    width,
  );
}

function scansWords(use: readonly UseOnServer[], server: string, now: number): string {
  const one = use.find((each) => each.server === server);
  if (!one) return '–';
  const { scans, lastUsed, unchangedSince } = one;
  if (scans === undefined) return 'not counted';
  const still = formatDuration(Math.max(0, now - (lastUsed ?? unchangedSince)));
  const count = scans === 0 ? 'none' : scans.toLocaleString('en-US');
  return lastUsed === undefined ? `${count} for ${still}` : `${count}, ${still} ago`;
}

function knownWords(index: IndexUse): string {
  const words = [
    ...index.flags.map(flagWords),
    index.needed ? `needed: ${index.needed}` : '',
    index.servesForeignKey && index.needed !== 'foreign-key' ? 'finds rows of a foreign key' : '',
    index.hidden ? 'hidden' : '',
    index.building ? 'being built' : '',
  ];
  return words.filter(Boolean).join(', ') || '–';
}

function flagWords(because: DropReason): string {
  switch (because.kind) {
    case 'redundant':
      return `redundant: ${because.covered}`;
    case 'unused':
      return `unused since ${formatTime(because.since).slice(0, 10)}`;
    case 'invalid':
      return 'invalid';
    default:
      return because satisfies never;
  }
}
