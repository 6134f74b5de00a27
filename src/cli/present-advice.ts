import { codes } from '../base/codes.ts';
import {
  formatDuration,
  formatMs,
  formatPercent,
  formatSize,
  formatTime,
} from '../base/quantity.ts';
import {
  agreementWords,
  changeLine,
  changePlace,
  changeWord,
  confidenceWords,
  costWords,
  gapWords,
  rateWords,
  savingWords,
  unseenWords,
} from '../model/advice-words.ts';
import type { Confidence } from '../model/index-def.ts';
import {
  type AdviceRun,
  effectOn,
  type Proposal,
  type ProposalPhase,
  type StatementEffect,
  type StoredProposal,
} from '../model/proposal.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { counted } from './counted.ts';
import { commandLine, type Named } from './next-command.ts';
import { type Colour, renderTable, terminal } from './terminal.ts';

/** Advice as a person reads it: what it saves, then how sure that is, then what is next. */
export type StageShown =
  | { kind: 'workload' | 'choose' | 'check' }
  | { kind: 'look'; databases: number }
  | { kind: 'compare' | 'try'; done: number; of: number };

export function stageLine(stage: StageShown): string {
  switch (stage.kind) {
    case 'workload':
      return 'reading what its statements did';
    case 'look':
      return 'looking at the server’s catalogs';
    case 'compare':
      return `comparing plans with the server’s, ${stage.done} of ${stage.of}`;
    case 'try':
      return `trying indexes, ${stage.done} of ${stage.of}`;
    case 'choose':
      return 'choosing';
    case 'check':
      return 'planning with all of them';
    default:
      return stage satisfies never;
  }
}

const labelOf = ({ namespace = '', name }: Proposal['target']) => targetLabel({ namespace, name });

/** `phases`: how far each is by now, by its id; of one that a run has made anew. */
export interface RunShown extends Pick<Named, 'data'> {
  phases?: Phases;
}
type Phases = ReadonlyMap<string, ProposalPhase>;

export function runLines(
  run: AdviceRun,
  width: number,
  { data, phases = new Map() }: RunShown = {},
): string {
  const { proposals, statements, withheld, target } = run;
  const took = formatDuration(run.endedAt - run.startedAt);
  const done =
    run.planner === 'rules'
      ? `${statements.weighed} statements weighed by rules in ${took}; no plan was made`
      : `${statements.planned} of ${statements.weighed} statements could be planned; ` +
        `${counted(run.whatIfCalls, 'plan')} in ${took}, none of them by the server`;
  const head = `${terminal.paint(labelOf(target), 'bold')}  ${done}`;
  return [
    head,
    '',
    proposals.length ? proposalTable(proposals, phases, width) : nothing(run),
    '',
    ...grounds(run),
    ...(run.unseen?.length
      ? ['nothing is said of:', ...run.unseen.map((each) => `  ${unseenWords(each)}`)]
      : []),
    ...(withheld.length ? ['no advice for:', ...withheldLines(withheld, width)] : []),
    ...(proposals[0]
      ? [
          '',
          `${commandLine(['advise', 'show', proposals[0].id], { data })}  tells all of the first`,
        ]
      : []),
  ].join('\n');
}

function nothing({ statements, budgetBytes, planner }: AdviceRun): string {
  if (statements.weighed === 0)
    return 'no advice: the history has no statements of the last 7 days';
  if (planner === 'rules') return 'no advice: no finding asks for an index, and none could go';
  if (statements.planned === 0)
    return 'no advice: none of its statements could be planned as the server does';
  return `no advice: no index within ${formatSize(budgetBytes)} saves more than it costs`;
}

function grounds(run: AdviceRun): string[] {
  const { agreement, selection, budgetBytes, proposals, planner } = run;
  const sizes = proposals.map(({ evidence }) => evidence.sizeBytes);
  const bytes = sum(sizes.filter((size) => size > 0));
  const freed = -sum(sizes.filter((size) => size < 0));
  const gap = proposals.length ? gapWords(selection) : undefined;
  return [
    agreementWords(agreement),
    gap,
    ...(proposals.length
      ? [
          `${formatSize(bytes)} of the budget of ${formatSize(budgetBytes)}` +
            (freed > 0 ? `; what is dropped frees ${formatSize(freed)}` : ''),
          planner === 'rules'
            ? 'What is saved is the most that a rule thinks possible: no plan was made.'
            : 'A cost is the planner’s and no time: what is saved is so if time follows cost.',
        ]
      : []),
  ].filter((line) => line !== undefined);
}

const sum = (of: readonly number[]) => of.reduce((all, each) => all + each, 0);

const confidenceColours: Record<Confidence, Colour> = {
  high: 'green',
  medium: 'yellow',
  low: 'red',
};

/** Several databases of a server may have the same tables. */
const databasesOf = (proposals: readonly Proposal[]) =>
  new Set(proposals.map(({ database }) => database)).size;

const proposalTable = (proposals: readonly Proposal[], phases: Phases, width: number): string =>
  renderTable(
    proposals,
    [
      {
        title: 'SAVES',
        align: 'right',
        value: ({ evidence: { benefitShare } }) =>
          benefitShare > 0 ? formatPercent(benefitShare) : '–',
      },
      { title: 'WHAT', value: ({ change }) => changeWord(change) },
      { title: 'ON', least: 40, value: ({ change }) => changePlace(change) },
      ...(databasesOf(proposals) > 1
        ? [{ title: 'DATABASE', least: 12, value: ({ database }: Proposal) => database }]
        : []),
      {
        title: 'COST',
        align: 'right',
        value: ({ evidence: { statements } }) => (statements[0] ? costWords(statements[0]) : '–'),
      },
      { title: 'SIZE', align: 'right', value: ({ evidence }) => formatSize(evidence.sizeBytes) },
      {
        title: 'WRITES A DAY',
        align: 'right',
        value: ({ evidence }) => writesWords(evidence.writeMsPerDay),
      },
      {
        title: 'SURE',
        value: ({ evidence }) => evidence.confidence,
        colour: ({ evidence }) => confidenceColours[evidence.confidence],
      },
      ...(phases.values().every((phase) => phase === 'Proposed')
        ? []
        : [{ title: 'STATE', value: ({ id }: Proposal) => phases.get(id) ?? '–' }]),
      { title: 'ID', value: ({ id }) => id },
    ],
    width,
  );

const writesWords = (ms: number): string =>
  ms === 0 ? '–' : `${ms > 0 ? '+' : '-'}${formatMs(Math.abs(ms))}`;

function withheldLines(withheld: AdviceRun['withheld'], width: number): string[] {
  const most = Math.max(...withheld.map(({ code }) => code.length));
  return withheld
    .toSorted((a, b) => b.statements - a.statements)
    .map(({ code, statements }) => {
      const count = String(statements).padStart(3);
      const line = `  ${count}  ${code.padEnd(most)}  ${codes[code].meaning}`;
      return line.length > width ? `${line.slice(0, width - 1)}…` : line;
    });
}

export function proposalLines(proposal: StoredProposal, width: number): string {
  const { id, change, evidence, state, target, database } = proposal;
  const { sizeBytes, writeMsPerDay } = evidence;
  const share = formatPercent(evidence.benefitShare);
  const saved = ofDay(evidence.benefitMsPerDay);
  const by = Map.groupBy(evidence.statements, effectOn);
  return [
    `${terminal.paint(id, 'bold')}  ${changeLine(change)}`,
    '',
    ...fields([
      ['of', `${labelOf(target)}, database ${database}`],
      ['why', proposal.reason],
      ...(evidence.benefitShare > 0
        ? [['saves', `${share} of database time, ${saved}, ${savingWords(evidence)}`] as const]
        : []),
      sizeBytes < 0 ? ['frees', formatSize(-sizeBytes)] : ['size', formatSize(sizeBytes)],
      [
        writeMsPerDay < 0 ? 'writes save' : 'writes pay',
        ofDay(Math.abs(writeMsPerDay)) + (writeMsPerDay === 0 ? '' : rateWords(evidence.watchedMs)),
      ],
      ['sure', confidenceWords(evidence)],
      ['state', stateWords(state)],
      ['made', `${day(proposal.madeAt)}, valid until ${day(proposal.expiresAt)}`],
      ['hash', proposal.contentHash],
    ]),
    '',
    terminal.paint('-- what is done', 'dim'),
    ...proposal.apply,
    terminal.paint('-- what takes it back', 'dim'),
    ...proposal.rollback,
    ...effects('who gains', by.get('gains') ?? [], width),
    ...effects('who pays', by.get('pays') ?? [], width),
    ...effects('whom it is for, by rules', by.get('unplanned') ?? [], width),
  ].join('\n');
}

const fieldWidth = 12;
const fields = (all: readonly (readonly [string, string])[]): string[] =>
  all.map(([name, value]) => `${name.padEnd(fieldWidth)}${value}`);

const day = (at: number) => `${formatTime(at).slice(0, 16).replace('T', ' ')} UTC`;
const ofDay = (ms: number) => `${ms < 1_000 ? formatMs(ms) : formatDuration(ms)} a day`;

const stateWords = ({ phase, since, by, outcome }: StoredProposal['state']): string =>
  [`${phase} since ${day(since)}`, by && `by ${by}`, outcome].filter(Boolean).join(', ');

function effects(title: string, of: readonly StatementEffect[], width: number): string[] {
  if (of.length === 0) return [];
  const table = renderTable(
    of,
    [
      { title: 'TIME A DAY', align: 'right', value: ({ msPerDay }) => formatDuration(msPerDay) },
      {
        title: 'CALLS',
        align: 'right',
        value: ({ callsPerDay }) => Math.round(callsPerDay).toLocaleString('en-US'),
      },
      { title: 'COST', align: 'right', value: (effect) => costWords(effect) },
      {
        title: 'STATEMENT',
        least: 40,
        value: ({ text, fingerprint }) => text?.replaceAll(/\s+/g, ' ').trim() ?? fingerprint,
      },
    ],
    width,
  );
  return ['', terminal.paint(title, 'bold'), table];
}
