import { parseArgs } from 'node:util';
import { type Examined, examine } from '../analysis/examine.ts';
import { rules } from '../analysis/rules/index.ts';
import { dialectOf } from '../dialects/index.ts';
import type { ReadText } from '../dialects/read-text.ts';
import { diffPlans } from '../model/diff.ts';
import { dialectNames } from '../model/engine-name.ts';
import { exitCodes, WrongUse } from './command.ts';
import { readPlanFile } from './plan-file.ts';
import { differenceLines, examinedLines, remarkLines } from './present-plan.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel analyse PLAN… [--engine NAME] [--json]

What the rules find in plans that are in files, their totals, their hash, and how each differs from
the one before it; no server is asked. A file holds one plan, as it is, in the frame of a client, or
out of a log of auto_explain; - reads it from stdin. What is read:
${readLines()}

  --engine NAME   ${dialectNames.join(', ')};
                  found out by looking at the text where it is not given
  --json          one JSON document, with the whole plans

Literals in conditions are replaced by ? before anything is shown. Rules that need to know tables,
counters or the text of the statement are not asked; --json names them.

Exit codes: 0 every file was read, 1 one of them is no plan, 2 wrong use, 3 one cannot be opened.
`;

function readLines(): string {
  return dialectNames
    .map((name) => `  ${dialectOf(name).label.padEnd(14)}  ${dialectOf(name).reads}`)
    .join('\n');
}

interface Read extends ReadText {
  file: string;
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { engine: { type: 'string' }, json: { type: 'boolean' } },
  });
  const engine = dialectNames.find((each) => each === values.engine);
  if (values.engine !== undefined && !engine) {
    const known = dialectNames.join(', ');
    terminal.err(`dbintel analyse: there is no engine "${values.engine}"; there are ${known}`);
    return exitCodes.wrongUse;
  }
  if (positionals.length === 0) throw new WrongUse('no file is named', help);
  const plans: Read[] = [];
  for (const file of positionals) plans.push({ file, ...(await readPlanFile(file, engine)) });
  const examined = plans.map(({ file, plan, remarks }, i) => ({
    file,
    remarks,
    ...examine(rules, plan, plans[i - 1]?.plan),
  }));
  return values.json ? terminal.json(asDocument(examined)) : terminal.out(asText(examined));
}

type Named = Examined & Read;

const asText = (all: readonly Named[]): string =>
  all
    .flatMap((each, i) => {
      const before = all[i - 1];
      return [
        [...examinedLines(each.file, each, terminal.width), ...remarkLines(each.remarks)],
        ...(before ? [differenceLines(before, each)] : []),
      ];
    })
    .map((lines) => lines.join('\n'))
    .join('\n\n');

const asDocument = (all: readonly Named[]) => ({
  plans: all.map(({ file, plan, findings, unasked, remarks }) => ({
    file,
    findings,
    unasked,
    remarks,
    plan,
  })),
  differences: all.slice(1).map((after, i) => {
    const before = all[i] ?? after;
    return { before: before.file, after: after.file, ...diffPlans(before.plan, after.plan) };
  }),
});
