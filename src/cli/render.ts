import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { examine } from '../analysis/examine.ts';
import { rules } from '../analysis/rules/index.ts';
import { type DrawOptions, drawPlan, drawPlans, leastCards } from '../render/draw-plan.ts';
import type { PageOfPlan } from '../render/html.ts';
import { directions } from '../render/layout.ts';
import { metricNames } from '../render/metric.ts';
import { sentenceOf } from '../render/sentence.ts';
import { themeNames } from '../render/theme.ts';
import { exitCodes } from './command.ts';
import { readPlanFile } from './plan-file.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel render PLAN… -o FILE.svg|FILE.html [OPTIONS]

Draws plans that are in files: where the work is, with what the rules find in them. No server is
asked and nothing is loaded. Each file holds what \`dbintel analyse\` reads: EXPLAIN of PostgreSQL,
MySQL or MariaDB in any of its formats; - reads it from stdin. An .html holds any number of plans,
each with what changed since the one before it, and every step in a table; an .svg holds one.

  -o, --output FILE   .svg or .html
  --metric NAME       ${metricNames.join(', ')}; time where it was measured, else cost
  --theme NAME        ${themeNames.join(' or ')}
  --turn NAME         root above (down) or at the left (right); what fits better if not given
  --cards N           at most so many cards, 45 if not given; the rest is folded
  --all               every step is a card

Literals in conditions are replaced by ? before anything is drawn.

Exit codes: 0 drawn, 1 one of the files is no plan, 2 wrong use, 3 one cannot be opened.
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      metric: { type: 'string' },
      theme: { type: 'string', default: 'light' },
      turn: { type: 'string' },
      cards: { type: 'string' },
      all: { type: 'boolean' },
    },
  });
  const format = extname(values.output ?? '').slice(1);
  const metric = metricNames.find((each) => each === values.metric);
  const theme = themeNames.find((each) => each === values.theme);
  const direction = directions.find((each) => each === values.turn);
  const cards = values.cards === undefined ? undefined : Number(values.cards);
  const wrong =
    positionals.length === 0
      ? 'no file is named'
      : format !== 'svg' && format !== 'html'
        ? '-o names a file that ends in .svg or .html'
        : format === 'svg' && positionals.length > 1
          ? 'an .svg holds one plan; several go into an .html'
          : values.metric !== undefined && !metric
            ? `there is no metric "${values.metric}"; there are ${metricNames.join(', ')}`
            : !theme
              ? `there is no theme "${values.theme}"; there are ${themeNames.join(', ')}`
              : values.turn !== undefined && !direction
                ? `--turn is ${directions.join(' or ')}`
                : cards !== undefined && !(Number.isInteger(cards) && cards >= leastCards)
                  ? `--cards is a whole number, at least ${leastCards}`
                  : undefined;
  if (wrong !== undefined || !theme || values.output === undefined) {
    terminal.err(`dbintel render: ${wrong}; \`dbintel render --help\` tells more`);
    return exitCodes.wrongUse;
  }
  const plans: PageOfPlan[] = [];
  for (const file of positionals) {
    const plan = await readPlanFile(file);
    const { findings } = examine(rules, plan);
    plans.push({ name: file === '-' ? 'stdin' : basename(file), plan, findings });
  }
  const options: DrawOptions = {
    theme,
    metric,
    turn: direction,
    cards: values.all ? Number.POSITIVE_INFINITY : cards,
  };
  const [only] = plans;
  const drawn =
    format === 'svg' && only ? drawPlan(only, 'svg', options) : drawPlans(plans, options);
  await writeFile(values.output, drawn);
  return terminal.out(
    [
      ...plans.map(({ name, plan }) => `${name}: ${sentenceOf(plan)}`),
      `wrote ${values.output}`,
    ].join('\n'),
  );
}
