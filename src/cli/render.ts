import { access, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { examine } from '../analysis/examine.ts';
import { rules } from '../analysis/rules/index.ts';
import { readConfig } from '../config.ts';
import { draw } from '../pictures/draw.ts';
import { drawPage } from '../pictures/draw-text.ts';
import {
  type Drawn,
  type DrawOptions,
  leastCards,
  type PictureFormat,
  pictureFormats,
} from '../render/draw-plan.ts';
import type { PageOfPlan } from '../render/html.ts';
import { directions } from '../render/layout.ts';
import { metricNames } from '../render/metric.ts';
import { sentenceOf } from '../render/sentence.ts';
import { themeNames } from '../render/theme.ts';
import { exitCodes } from './command.ts';
import { readPlanFile } from './plan-file.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel render PLAN… -o FILE.svg|png|pdf|html [OPTIONS]

Draws plans that are in files: where the work is, with what the rules find in them. No server is
asked and nothing is loaded. Each file holds what \`dbintel analyse\` reads: a plan of PostgreSQL,
MySQL, MariaDB, SQL Server or Oracle; - reads it from stdin. An .html holds any number of plans,
each with what changed since the one before it, and every step in a table; its pictures are moved,
searched and coloured by hand where scripts run, and stand still elsewhere. A picture holds one
plan, or two side by side.

  -o, --output FILE   .svg, .png, .pdf or .html
  --compare OTHER     a plan from before, with what changed since; the same as OTHER PLAN
  --metric NAME       ${metricNames.join(', ')}; time where it was measured, else cost
  --theme NAME        ${themeNames.join(' or ')}
  --turn NAME         root above (down) or at the left (right); what fits better if not given;
                      of two plans side by side it is above
  --cards N           at most so many cards, 45 if not given; the rest is folded
  --all               every step is a card; of .png and .pdf 2,000 at most
  --scale N           of .png: pixels for each of the picture's, 0.5 to 4; 2 if not given

Literals in conditions are replaced by ? before anything is drawn. A .png and a .pdf are drawn with
fonts of their own, for Latin, Greek and Cyrillic; DBINTEL_FONTS names a folder with more.

Exit codes: 0 drawn, 1 one of the files is no plan, or it cannot be drawn so, 2 wrong use, 3 one
cannot be opened.
`;

interface Wish {
  files: string[];
  output: string;
  format: PictureFormat;
  options: DrawOptions;
  scale: number;
}

export async function run(args: string[]): Promise<number> {
  const wish = wishOf(args);
  const wrong = typeof wish === 'string' ? wish : await wrongFolder(wish.output);
  if (typeof wish === 'string' || wrong !== undefined) {
    terminal.err(`dbintel render: ${wrong}; \`dbintel render --help\` tells more`);
    return exitCodes.wrongUse;
  }
  const pages: PageOfPlan[] = [];
  for (const file of wish.files) {
    const { plan, remarks } = await readPlanFile(file);
    const { findings } = examine(rules, plan);
    pages.push({ name: file === '-' ? 'stdin' : basename(file), plan, findings, remarks });
  }
  const drawn = await drawAll(pages, wish);
  if (drawn.kind !== 'drawn') {
    terminal.err(`dbintel render: ${drawn.message}`);
    return exitCodes.no;
  }
  await writeFile(wish.output, drawn.bytes);
  for (const { name, remarks = [] } of pages)
    for (const { line, text } of remarks)
      terminal.err(`dbintel render: ${name}: line ${line} not understood: ${text}`);
  for (const note of drawn.notes) terminal.err(`dbintel render: ${note}`);
  return terminal.out(
    [...pages.map(({ name, plan }) => `${name}: ${sentenceOf(plan)}`), `wrote ${wish.output}`].join(
      '\n',
    ),
  );
}

/** A page holds any number, a picture the last one and that before it. */
async function drawAll(
  pages: readonly PageOfPlan[],
  { format, options, scale }: Wish,
): Promise<Drawn> {
  const [page, before] = [pages.at(-1), pages.at(-2)];
  if (format === 'html' || !page) return drawPage(pages, options);
  return draw({ page, before, format, options, scale }, readConfig().DBINTEL_FONTS);
}

/** What is asked for, or what is wrong with it. */
function wishOf(args: string[]): Wish | string {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      compare: { type: 'string' },
      metric: { type: 'string' },
      theme: { type: 'string', default: 'light' },
      turn: { type: 'string' },
      cards: { type: 'string' },
      all: { type: 'boolean' },
      scale: { type: 'string', default: '2' },
    },
  });
  const { output = '' } = values;
  const files = [...(values.compare === undefined ? [] : [values.compare]), ...positionals];
  const ending = extname(output).slice(1);
  const format = pictureFormats.find((each) => each === ending);
  const metric = metricNames.find((each) => each === values.metric);
  const theme = themeNames.find((each) => each === values.theme);
  const turn = directions.find((each) => each === values.turn);
  const [cards, scale] = [
    values.cards === undefined ? 0 : Number(values.cards),
    Number(values.scale),
  ];
  if (positionals.length === 0) return 'no file is named';
  if (!format) return `-o names a file that ends in .${pictureFormats.join(', .')}`;
  if (format !== 'html' && files.length > 2)
    return `.${format} holds one plan, or two side by side; more go into an .html`;
  if (values.metric !== undefined && !metric)
    return `there is no metric "${values.metric}"; there are ${metricNames.join(', ')}`;
  if (!theme) return `there is no theme "${values.theme}"; there are ${themeNames.join(', ')}`;
  if (values.turn !== undefined && !turn) return `--turn is ${directions.join(' or ')}`;
  if (cards !== 0 && !(Number.isInteger(cards) && cards >= leastCards))
    return `--cards is a whole number, at least ${leastCards}`;
  if (!(scale >= 0.5 && scale <= 4)) return '--scale is a number from 0.5 to 4';
  const most = values.all ? Number.POSITIVE_INFINITY : cards || undefined;
  return { files, output, format, options: { theme, metric, turn, cards: most }, scale };
}

/** Before plans are read: what is missing is told with what makes it. */
async function wrongFolder(output: string): Promise<string | undefined> {
  const folder = dirname(output);
  const found = await access(folder).then(
    () => true,
    () => false,
  );
  return found ? undefined : `there is no folder ${folder}: mkdir -p ${folder} makes it`;
}
