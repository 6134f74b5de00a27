import type { Plan, ServerWarning } from '../../model/plan.ts';
import { relop, showplan } from '../examples.ts';
import { count, type Rule, type RuleMatch, threshold } from '../rule.ts';

const leastGranted = threshold(
  10,
  'MiB granted',
  'less is set aside for every statement, and nobody waits for it',
);
const saved = threshold(
  0.05,
  'of the work',
  'what it costs is others’ waiting for memory: no plan tells how long that is',
);

const grant = (kind: string, granted: number, used: number) =>
  showplan(
    relop({ operator: 'Sort', rows: 9_000 }),
    `<Warnings><MemoryGrantWarning GrantWarningKind="${kind}" GrantedMemory="${granted}" ` +
      `MaxUsedMemory="${used}" /></Warnings>`,
  );

export const memoryGrant: Rule = {
  id: 'memory-grant',
  title: 'Far more memory is set aside for a statement than it uses, or too little',
  why:
    'Memory for sorts and hashes is granted before a statement runs, by what is expected. What ' +
    'is too much keeps others waiting for theirs; what is too little goes to disk.',
  fix:
    'Mend the estimate that it follows from (statistics, narrower columns than varchar(max)); ' +
    'MAX_GRANT_PERCENT limits it for the statement.',
  category: 'configuration',
  costsElsewhere: true,
  engines: { postgres: false, mysql: false, mariadb: false },
  readOnly: ['sqlserver'],
  needs: { estimate: [], actual: [] },
  thresholds: { leastGranted, saved },
  examples: [
    {
      name: 'a hundredth of it was used',
      finds: true,
      engine: 'sqlserver',
      plan: grant('Excessive Grant', 262_144, 2_048),
    },
    {
      name: 'it used more than it was granted',
      finds: true,
      engine: 'sqlserver',
      plan: grant('Used More Than Granted', 20_480, 40_960),
    },
    {
      name: 'it is little anyway',
      finds: false,
      engine: 'sqlserver',
      plan: grant('Excessive Grant', 1_024, 16),
    },
  ],
  check: ({ root, warnings = [] }) => warnings.flatMap((each) => matchOf(root, each) ?? []),
};

function matchOf(root: Plan['root'], { kind, kb }: ServerWarning): RuleMatch | undefined {
  if (kb === undefined || kb.granted < leastGranted.value * 1_024) return undefined;
  const [granted, used] = [kb.granted, kb.used].map((each) => `${count(each / 1_024)} MiB`);
  const much = kind === 'memory_unused' ? 'and no more than' : 'and';
  return {
    message: `${granted} were granted, ${much} ${used} used`,
    nodes: [root.id],
    saves: saved.value,
  };
}
