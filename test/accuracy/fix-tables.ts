import { type CaseResult, type FixRun, serverNames } from './result.ts';
import { table } from './tables.ts';

/** What became of fixes: do they run, and does the plan use what they make. */
interface Of {
  result: CaseResult;
  run: FixRun;
}

const all = (results: readonly CaseResult[]): Of[] =>
  results.flatMap((result) => (result.fixes ?? []).map((run) => ({ result, run })));

export const doesNotRun = ({ error }: FixRun): boolean => error !== undefined;
/** An index that no plan uses helps only if the finding goes for another reason. */
export const isInVain = ({ makesIndex, error, used, gone }: FixRun): boolean =>
  makesIndex && error === undefined && !used && !gone;

export function fixListing(results: readonly CaseResult[]): string[] {
  return all(results).flatMap(({ result: { server, world, case: id, call }, run }) => {
    const what = doesNotRun(run) ? 'FIX FAILS' : isInVain(run) ? 'FIX IN VAIN' : undefined;
    return what
      ? [
          [
            `${what}: ${server} ${world} ${id}: ${run.rule}`,
            `    ${call.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
            `    ${run.sql}`,
            ...(run.error ? [`    ${run.error}`] : []),
          ].join('\n'),
        ]
      : [];
  });
}

export function fixTable(results: readonly CaseResult[]): string {
  return table(
    ['server', 'fixes that are SQL', 'run', 'indexes', 'used afterwards, or finding gone'],
    serverNames.flatMap((server) => {
      const runs = all(results).flatMap(({ result, run }) =>
        result.server === server ? [run] : [],
      );
      const indexes = runs.filter(({ makesIndex }) => makesIndex);
      const failing = runs.filter(doesNotRun).length;
      const helping = indexes.filter((run) => !doesNotRun(run) && !isInVain(run)).length;
      return runs.length === 0
        ? []
        : [
            [
              server,
              String(runs.length),
              `${runs.length - failing} (${share(runs.length - failing, runs.length)})`,
              String(indexes.length),
              `${helping} (${share(helping, indexes.length)})`,
            ],
          ];
    }),
  );
}

const share = (part: number, whole: number) =>
  whole > 0 ? `${((100 * part) / whole).toFixed(0)} %` : '–';
