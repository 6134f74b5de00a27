import { formatSize, formatTime } from '../base/quantity.ts';
import { changePlace, changeWord } from '../model/advice-words.ts';
import type { Change } from '../model/proposal.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { changeOf } from '../resources/kinds/index-recommendation/from-proposal.ts';
import type { ClusterClient, Recommended } from '../targets/kubernetes/cluster-client.ts';
import { exitCodes } from './command.ts';
import { type Column, renderTable, terminal } from './terminal.ts';

/**
 * `kubectl dbintel advise`: what is advised in a namespace or for a target, and what became of it;
 * with --run the replica that owns the target is asked to look anew.
 */
export interface Advising {
  client: ClusterClient;
  namespace: string;
  /** Undefined: all of the namespace. */
  target: string | undefined;
  run: boolean;
  json: boolean;
  now: number;
}

export async function advise(asked: Advising): Promise<number> {
  const { client, namespace, target, run, json, now } = asked;
  if (run) {
    if (target === undefined) return wrongUse();
    await client.changes.advise(namespace, target, now);
    const at = formatTime(now);
    if (json) return terminal.json({ namespace, target, askedAt: at });
    return terminal.out(
      `${namespace}/${target}: asked at ${at.slice(11, 19)}; the replica that owns it runs the ` +
        'advisor within a minute, and that takes seconds to minutes. Then:\n' +
        `  kubectl dbintel advise ${target} -n ${namespace}`,
    );
  }
  const all = await client.changes.recommendations(namespace, target);
  const sorted = all.toSorted((a, b) => benefit(b) - benefit(a));
  if (json) terminal.json(sorted);
  else {
    const status = target === undefined ? undefined : await client.status(namespace, target);
    terminal.out(adviceLines(sorted, { ...asked, status }, terminal.width));
  }
  return sorted.length > 0 ? exitCodes.done : exitCodes.no;
}

function wrongUse(): number {
  terminal.err('kubectl dbintel advise --run: name the target');
  return exitCodes.wrongUse;
}

const benefit = ({ spec }: Recommended) => spec.evidence.benefitShare;

export function adviceLines(
  all: readonly Recommended[],
  asked: Pick<Advising, 'namespace' | 'target'> & { status: DatabaseTargetStatus | undefined },
  width: number,
): string {
  const { namespace, target, status } = asked;
  const place = target === undefined ? namespace : `${namespace}/${target}`;
  const [open] = all.filter(({ status: known }) => (known?.phase ?? 'Proposed') === 'Proposed');
  return [
    ...runLine(place, status?.advice),
    all.length === 0 ? nothing(place, status) : table(all, target, width),
    ...(open
      ? ['', `kubectl dbintel approve ${open.name} -n ${namespace}  tells all of ${open.name}`]
      : []),
  ].join('\n');
}

function runLine(place: string, run: DatabaseTargetStatus['advice']): string[] {
  if (!run) return [];
  const at = `${run.at.slice(0, 16).replace('T', ' ')} UTC`;
  const what = run.problem ?? (run.agreement && `${run.agreement} plans as the server has them`);
  return [
    `${terminal.paint(place, 'bold')}  ${[`last run ${at}`, what].filter(Boolean).join(': ')}`,
  ];
}

const nothing = (place: string, status: DatabaseTargetStatus | undefined): string =>
  status && !status.advice
    ? `${place}: the advisor has not run; it needs spec.advice: { mode: propose } and an hour of ` +
      'history, or to be asked: --run'
    : `nothing is advised for ${place}`;

function table(all: readonly Recommended[], target: string | undefined, width: number): string {
  const ofTarget: Column<Recommended> = {
    title: 'TARGET',
    value: ({ spec }) => spec.targetRef.name,
  };
  return renderTable(
    all,
    [
      ...(target === undefined ? [ofTarget] : []),
      { title: 'SAVES', align: 'right', value: savesWords },
      { title: 'WHAT', value: ({ spec }) => wordsOf(spec.change, changeWord) },
      { title: 'ON', least: 30, value: ({ spec }) => wordsOf(spec.change, changePlace) },
      { title: 'SIZE', align: 'right', value: ({ spec }) => formatSize(spec.evidence.sizeBytes) },
      { title: 'SURE', value: ({ spec }) => spec.evidence.confidence },
      { title: 'PHASE', value: ({ status }) => status?.phase ?? 'Proposed' },
      { title: 'BY', value: ({ status }) => status?.approvedBy ?? '–' },
      { title: 'NAME', value: ({ name }) => name },
    ],
    width,
  );
}

const savesWords = (each: Recommended) => (benefit(each) > 0 ? each.spec.benefit : '–');

/** A change that this version does not know is told by its kind. */
function wordsOf(change: Recommended['spec']['change'], words: (of: Change) => string): string {
  const read = changeOf(change);
  return read ? words(read) : change.kind;
}
