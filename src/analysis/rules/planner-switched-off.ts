import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import { block, mysqlTable, seqScan } from '../examples.ts';
import { type Rule, type RuleContext, threshold } from '../rule.ts';

const likelySaved = threshold(
  0.5,
  'of the work',
  'a way that the planner would have chosen is often twice as fast; it may be as fast',
);

export const plannerSwitchedOff: Rule = {
  id: 'planner-switched-off',
  title: 'The planner is kept from using one of its ways',
  category: 'configuration',
  why:
    'A switch that once helped one statement is in force for all of the role’s: the planner ' +
    'takes a worse way where the one that is switched off would be best.',
  fix:
    'Undo the setting of the role or database; where one statement needs it, set it for that ' +
    'transaction alone (SET LOCAL, or a hint of the statement).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { likelySaved },
  examples: [
    {
      name: 'the role has enable_indexscan off',
      finds: true,
      plan: seqScan('orders', { filter: '(id = $1)', cost: 9_000 }),
      top: { Settings: { enable_indexscan: 'off' } },
    },
    {
      name: 'MySQL: hash joins are switched off',
      finds: true,
      engine: 'mysql',
      plan: block(mysqlTable('orders', { rows: 9_000 })),
      settings: { optimizer_switch: 'index_merge=on,block_nested_loop=on,semijoin=off' },
    },
    {
      name: 'other settings',
      finds: false,
      plan: seqScan('orders', { filter: '(id = $1)', cost: 9_000 }),
      top: { Settings: { work_mem: '64MB', enable_partitionwise_join: 'on' } },
    },
    {
      name: 'what is off unless it is switched on',
      finds: false,
      plan: seqScan('orders', { cost: 9_000 }),
      settings: { enable_partitionwise_join: 'off', enable_partitionwise_aggregate: 'off' },
    },
  ],
  check(plan, context) {
    const off = switchedOff(plan, context);
    if (off.length === 0) return [];
    const { setForRole } = sqlOf(plan.engine);
    const { user } = context.stats;
    const undone =
      user && setForRole ? off.map((each) => setForRole(user, each)).join(' ') : undefined;
    const are = off.length > 1 ? 'are' : 'is';
    return [
      {
        message: `${off.join(', ')} ${are} off for this statement’s role`,
        fix: undone,
        // It may be the cause of whatever the plan does.
        nodes: preorder(plan.root).map(({ id }) => id),
        saves: likelySaved.value,
      },
    ];
  },
};

function switchedOff(plan: Plan, { settings = {} }: RuleContext): string[] {
  const all = { ...plan.settings, ...settings };
  const named = Object.entries(all).flatMap(([name, value]) =>
    name.startsWith('enable_') && value === 'off' && !usuallyOff.has(name) ? [name] : [],
  );
  const flags = (all['optimizer_switch'] ?? '').split(',').flatMap((flag) => {
    const [name = '', value] = flag.trim().split('=');
    return value === 'off' && usuallyOn.has(name) ? [name] : [];
  });
  return [...named, ...flags];
}

/** Off in a server as it comes. */
const usuallyOff = new Set(['enable_partitionwise_join', 'enable_partitionwise_aggregate']);

/** Flags of optimizer_switch that are on in each version of MySQL and MariaDB that has them. */
const usuallyOn = new Set(
  (
    'index_merge index_merge_union index_merge_sort_union index_merge_intersection ' +
    'index_condition_pushdown semijoin loosescan firstmatch duplicateweedout materialization ' +
    'subquery_materialization_cost_based block_nested_loop use_index_extensions ' +
    'condition_fanout_filter derived_merge skip_scan hash_join derived_condition_pushdown ' +
    'derived_with_keys in_to_exists join_cache_incremental join_cache_hashed join_cache_bka ' +
    'optimize_join_buffer_size table_elimination extended_keys exists_to_in ' +
    'orderby_uses_equalities condition_pushdown_for_derived split_materialized ' +
    'condition_pushdown_for_subquery rowid_filter condition_pushdown_from_having ' +
    'partial_match_rowid_merge partial_match_table_scan subquery_cache outer_join_with_cache ' +
    'semijoin_with_cache ' +
    'prefer_ordering_index sargable_casefold'
  ).split(' '),
);
