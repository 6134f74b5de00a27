import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wrapped } from '../../bench/table.ts';
import type { Category } from '../../src/model/finding.ts';
import type { ServerName } from './result.ts';

/** What someone else would have called some of the cases, and how far that is what the set says. */
export interface Review {
  seed: number;
  date: string;
  cases: ReviewedCase[];
}

export interface ReviewedCase {
  server: ServerName;
  world: string;
  case: string;
  set: Opinion;
  reviewer: Opinion;
  /** Rules of the product's findings on that day. */
  said: string[];
  /** Both of the category, and with a rule in common where it is a defect. */
  agree: boolean;
  /** What the reviewer saw; where they disagree, who is right. */
  why: string;
}

interface Opinion {
  category: Class;
  /** Of which one has to speak. */
  rules: string[];
}

type Class = Category | 'healthy';

const file = fileURLToPath(new URL('review.json', import.meta.url));
export const readReview = (): Review => JSON.parse(readFileSync(file, 'utf8'));

export function reviewSection({ seed, date, cases }: Review): string {
  const defects = cases.filter(({ set }) => set.category !== 'healthy');
  const count = (fits: (each: ReviewedCase) => boolean, of = cases) =>
    `${of.filter(fits).length} of ${of.length}`;
  const servers = [...Map.groupBy(cases, ({ server }) => server)];
  const wider = defects.filter(({ set, reviewer }) => !isWithin(set.rules, reviewer.rules));
  const text = [
    `A reviewer who wrote neither rules nor cases labelled ${cases.length} cases of held-out`,
    `schemas, drawn at random (seed ${seed}, ${date}; ${defects.length} have a defect;`,
    `${servers.map(([server, those]) => `${those.length} on ${server}`).join(', ')}),`,
    'from statement, plan, tables and counters, and looked at no label before all were written.',
    `Both say the same of healthy or not in ${count(agreeOnDefect)}, of the category in`,
    `${count(agreeOnCategory)} (Cohen's kappa ${kappa(cases).toFixed(2)}), and have a rule in`,
    `common in ${count(shareRule, defects)} defects. In ${wider.length} of them the set takes`,
    'rules for right that the reviewer does not; by the rules of the reviewer the product found',
    `${count(({ reviewer, said }) => meet(reviewer.rules, said), defects)} that day, by those of`,
    `the set ${count(({ set, said }) => meet(set.rules, said), defects)}. The reviewer had read`,
    'what rules look at, and names and counters tell which copies were made for one case: a',
    'stranger may agree less.',
  ].join(' ');
  const apart = cases.filter(({ agree }) => !agree).map(disagreement);
  const list = apart.length > 0 ? `\n\n${apart.join('\n')}` : '';
  return `## A reviewer's labels\n\n${wrapped(text)}${list}`;
}

function disagreement({ server, world, case: id, set, reviewer, why }: ReviewedCase): string {
  const who = `${set.category} by the set, ${reviewer.category} by the reviewer`;
  return wrapped(`- ${server} ${world} \`${id}\`: ${who}. ${why}`).replaceAll('\n', '\n  ');
}

const isHealthy = ({ category }: Opinion) => category === 'healthy';
const agreeOnDefect = ({ set, reviewer }: ReviewedCase) => isHealthy(set) === isHealthy(reviewer);
const agreeOnCategory = ({ set, reviewer }: ReviewedCase) => set.category === reviewer.category;
const shareRule = ({ set, reviewer }: ReviewedCase) => meet(set.rules, reviewer.rules);
const meet = (some: readonly string[], others: readonly string[]) =>
  some.some((each) => others.includes(each));
const isWithin = (some: readonly string[], others: readonly string[]) =>
  some.every((each) => others.includes(each));

/** Cohen's: agreement of the category, less what two who guess as often as they do would reach. */
export function kappa(cases: readonly Pick<ReviewedCase, 'set' | 'reviewer'>[]): number {
  const share = (who: 'set' | 'reviewer', category: Class) =>
    cases.filter((each) => each[who].category === category).length / cases.length;
  const classes = [...new Set(cases.map(({ set }) => set.category))];
  const byChance = classes.reduce(
    (sum, each) => sum + share('set', each) * share('reviewer', each),
    0,
  );
  const same =
    cases.filter(({ set, reviewer }) => set.category === reviewer.category).length / cases.length;
  return byChance === 1 ? 1 : (same - byChance) / (1 - byChance);
}
