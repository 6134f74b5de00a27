import { codes } from '../base/codes.ts';
import { formatCost, formatDuration, formatMs, formatPercent } from '../base/quantity.ts';
import type { Prerequisite } from '../engines/engine.ts';
import type { CycleReport, PlanBatch, TopQuery, WindowBegan } from '../model/batch.ts';
import { coverageRest, coverageWords } from '../model/coverage-words.ts';
import { counted } from './counted.ts';
import { type Colour, renderTable, terminal } from './terminal.ts';

/** A cycle as a person reads it: the answer first, then the reason, then what to do. */
export function cycleLine({ cycle }: Pick<PlanBatch, 'cycle'>): string {
  const { outcome, number, selected, explained, unexplained, window } = cycle;
  const head = `cycle ${number}  `;
  const time = `${formatMs(cycle.durationMs)}, ${formatMs(cycle.databaseMs)} of it database time`;
  switch (outcome.kind) {
    case 'collected': {
      const over = window?.sinceStatisticsBegan
        ? 'since statistics began'
        : `last ${formatDuration(window?.ms ?? 0)}`;
      const reasons = Object.entries(unexplained).map(([code, count]) =>
        count === 1 ? code : `${code} ×${count}`,
      );
      const without = reasons.length
        ? `${selected - explained} not explained (${reasons.join(', ')})  `
        : '';
      const plans = counted(explained, 'plan');
      return `${head}${selected} selected (${over})  ${plans}  ${without}${time}`;
    }
    case 'skipped':
      return `${head}skipped ${outcome.reason}: ${outcome.detail ?? codes[outcome.reason].meaning}`;
    case 'deferred': {
      const until = new Date(outcome.until).toISOString().slice(11, 19);
      const why = outcome.detail ? `: ${outcome.detail}` : '';
      return `${head}deferred ${outcome.reason} until ${until} UTC${why}`;
    }
    case 'failed': {
      const { meaning, remedy } = codes[outcome.error];
      const what = outcome.detail ? `${outcome.detail}.` : meaning;
      return `${head}failed ${outcome.error}: ${what} ${remedy}`;
    }
    default:
      return outcome satisfies never;
  }
}

/** The heaviest statements with what is known of each. */
export function queryTable(top: readonly TopQuery[], width: number): string {
  return renderTable(
    top,
    [
      { title: ' TIME', align: 'right', value: ({ timeShare }) => formatPercent(timeShare) },
      {
        title: 'QUERY',
        least: 40,
        value: ({ text, fingerprint }) => text || `(text not read) ${fingerprint}`,
      },
      { title: 'MEAN', align: 'right', value: ({ meanMs }) => formatMs(meanMs) },
      {
        title: 'PLAN',
        value: ({ plan, code }) => (plan ? `${plan.slice(0, 10)}…` : (code ?? '–')),
        colour: ({ plan }): Colour | undefined => (plan ? undefined : 'dim'),
      },
      {
        title: 'COST',
        align: 'right',
        value: ({ cost }) => (cost === undefined ? '–' : formatCost(cost)),
      },
      {
        title: 'FINDINGS',
        least: 30,
        value: describeFindings,
        colour: ({ findings }): Colour | undefined => (findings.length ? 'yellow' : 'dim'),
      },
    ],
    width,
  );
}

const findingWidth = 76;
function describeFindings({ findings }: TopQuery): string {
  const [first] = findings;
  if (!first) return '–';
  const rest = [...new Set(findings.map(({ rule }) => rule))].filter((rule) => rule !== first.rule);
  const line = `${first.rule}: ${first.message}`;
  const short = line.length > findingWidth ? `${line.slice(0, findingWidth - 1)}…` : line;
  return rest.length ? `${short} (+ ${rest.join(', ')})` : short;
}

const beganWords: Record<WindowBegan, string> = {
  first_look: '',
  reset: '; the statistics were reset',
  other_server: '; another server answered than in the last one',
};

export function safetyLine({ coverage, safety, window }: CycleReport): string {
  const words = coverage && coverageWords(coverage);
  const share = words
    ? `${words.explained} of database time explained, ${words.accountedFor} accounted for` +
      coverageRest(words)
    : `known from the next cycle on${beganWords[window?.began ?? 'first_look']}`;
  return [
    `coverage: ${share}`,
    `circuit ${safety.circuit}`,
    `timeout ${formatDuration(safety.statementTimeoutMs)}`,
    `database time used ${formatPercent(safety.databaseTimeUsed)}`,
  ].join(' · ');
}

export function prerequisiteLines(prerequisites: readonly Prerequisite[]): string[] {
  const paint: Record<Prerequisite['verdict'], Colour> = {
    ok: 'green',
    warning: 'yellow',
    failed: 'red',
  };
  return prerequisites.flatMap(({ name, verdict, observed, remediation }) => [
    `${terminal.paint(verdict.padEnd(8), paint[verdict])} ${name.padEnd(18)} ${observed}`,
    ...(remediation ? [`${' '.repeat(9)}${'remediation'.padEnd(18)} ${remediation}`] : []),
  ]);
}

export function prerequisiteCounts(prerequisites: readonly Prerequisite[]): string {
  const count = (verdict: Prerequisite['verdict']) =>
    prerequisites.filter((each) => each.verdict === verdict).length;
  const warnings = count('warning');
  const plural = warnings === 1 ? '' : 's';
  return `${count('failed')} failed, ${warnings} warning${plural}, ${count('ok')} ok`;
}
