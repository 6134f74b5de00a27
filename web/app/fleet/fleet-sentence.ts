import { round } from '../../../src/render/figures.ts';
import type { FleetCounts } from '../../data/answers.ts';

/** The fleet in a sentence: whether somebody is needed comes first, then the rest. Pure. */
export interface FleetSentence {
  tone: 'calm' | 'warning';
  answer: string;
  rest: string;
}

const whole = (count: number) => count.toLocaleString('en-US');
const targets = (count: number) => `${whole(count)} target${count === 1 ? '' : 's'}`;
const waiting = (count: number) => `${whole(count)} wait${count === 1 ? 's' : ''}`;
/** To a tenth: a fleet's last percent is what one looks for. */
const percent = (share: number) => `${(Math.floor(share * 1_000) / 10).toString()}%`;

export function fleetSentence({ targets: all, kinds, ...counts }: FleetCounts): FleetSentence {
  const needs = kinds['needs-you'];
  const answer =
    needs === 0
      ? all === kinds.well
        ? `All ${targets(all)} ${all === 1 ? 'is' : 'are'} collected.`
        : 'Nothing needs you.'
      : `${whole(needs)} of ${targets(all)} need${needs === 1 ? 's' : ''} you.`;
  const rest = [
    all === kinds.well ? '' : `${whole(kinds.well)} collecting, ${waiting(kinds.waits)}.`,
    coverage(counts.explained, counts.accountedFor),
    counts.findings.all ? findings(counts.findings) : '',
  ];
  return {
    tone: needs ? 'warning' : 'calm',
    answer: all === 1 && needs === 0 && kinds.well === 1 ? 'The target is collected.' : answer,
    rest: rest.filter(Boolean).join(' '),
  };
}

const coverage = (explained: number | null, accountedFor: number | null): string =>
  explained === null
    ? ''
    : `${percent(explained)} of database time has a plan` +
      (accountedFor === null ? '.' : `, ${percent(accountedFor)} a plan or a reason.`);

const findings = ({ critical, all }: FleetCounts['findings']): string =>
  `${round(all)} finding${all === 1 ? '' : 's'}` +
  (critical ? `, ${whole(critical)} critical.` : '.');
