import type { Finding } from '../plans/finding.ts';
import type { Plan, PlanNode } from '../plans/plan.ts';
import type { QueryContext } from '../plans/statistics.ts';

/**
 * A rule teaches one thing about plans. Its file holds all of it: what it is called, why it matters, what to do, the cases it must find
 * and the ones it must leave alone, and the check itself. Adding one: a file in rules/, a line in rules/index.ts.
 */
export interface Rule {
  /** Stable, in the words people use: `full-scan`. */
  id: string;
  title: string;
  why: string;
  fix: string;
  examples: RuleExample[];
  check(plan: Plan, context: RuleContext): RuleMatch[];
}

export type RuleMatch = Omit<Finding, 'rule' | 'timeShare'>;

export interface RuleContext extends QueryContext {
  /** The plan that this statement had before, if another. */
  previous?: Plan;
}

/** A plan as PostgreSQL prints it, with what else the rule looks at. */
export interface RuleExample {
  name: string;
  finds: boolean;
  plan: object;
  top?: object;
  previous?: object;
  stats?: Partial<QueryContext['stats']>;
  shape?: Partial<NonNullable<QueryContext['shape']>>;
  facts?: QueryContext['facts'];
}

/** Access paths may only be judged where the plan surely is the one of production: real values, or verified types. */
export const typesAreSure = ({ lossiness }: Plan): boolean => !lossiness.includes('typing_unverified');

export const tableOf = (node: PlanNode, { facts }: QueryContext) =>
  node.relation?.kind === 'table'
    ? facts.find(
        ({ schema, name }) => name === node.relation?.name && (node.relation.schema === undefined || schema === node.relation.schema),
      )
    : undefined;

export const describeRelation = ({ relation }: PlanNode): string =>
  relation ? `${relation.schema ? `${relation.schema}.` : ''}${relation.name}` : 'a result';

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The column's own name: `o.email` → `email`. */
export const bare = (column: string): string => column.split('.').at(-1) ?? column;
