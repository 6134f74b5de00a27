import type { Finding } from '../../src/model/finding.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Direction } from '../../src/render/layout.ts';
import type { MetricName } from '../../src/render/metric.ts';
import type { ThemeName } from '../../src/render/theme.ts';

/** What a host gives `<dbintel-plan>`, and what it is told by it. */
export const viewNames = ['tree', 'outline', 'table', 'raw'] as const;
export type ViewName = (typeof viewNames)[number];

/** What a person is told of a finding; `sql`: what of it can be run, if the fix is not SQL. */
export type Told = Pick<Finding, 'rule' | 'severity' | 'message' | 'fix' | 'nodes'> & {
  sql?: string;
};

/** How much of a large plan is drawn. */
export interface Fold {
  /** Cards at most; as many as can be read in the room there is, if it is left out. */
  cards?: number | 'all';
  /** Nodes that stand on a card of their own since someone opened what held them. */
  open?: readonly number[];
}

/** Properties of the element; every one can be set at any time. */
export interface PlanViewProperties {
  plan: Plan | undefined;
  /** Undefined: nobody has looked, or it is not known. */
  findings: readonly Told[] | undefined;
  /** An earlier plan of the statement: both are shown, and what changed. */
  previous: Plan | undefined;
  /** Time where it was measured, else cost, if it is left out. */
  metric: MetricName | undefined;
  theme: 'system' | ThemeName;
  view: ViewName;
  /** The id of a node. */
  selected: number | undefined;
  fold: Fold | undefined;
  /** Rows of 26 pixels in the place of 32. */
  dense: boolean;
}

/** Details of its events, which bubble and leave its shadow. */
export interface PlanViewEvents {
  'node-select': { id: number | undefined };
  'metric-change': { metric: MetricName };
  'view-change': { view: ViewName };
  'fold-change': Fold;
  'copy-done': { what: 'node' | 'fix' | 'picture' | 'plan' };
}

export const initial: PlanViewProperties = {
  plan: undefined,
  findings: undefined,
  previous: undefined,
  metric: undefined,
  theme: 'system',
  view: 'tree',
  selected: undefined,
  fold: undefined,
  dense: false,
};

/** What is chosen in it and no host needs to know. */
export interface Choices {
  query: string;
  /** Places of the nodes in which that is found. */
  hits: readonly number[];
  direction: Direction | undefined;
  onlyChanges: boolean;
  /** Of the earlier plan: a node that the later one has no more. */
  gone: number | undefined;
}

export const initialChoices: Choices = {
  query: '',
  hits: [],
  direction: undefined,
  onlyChanges: false,
  gone: undefined,
};
