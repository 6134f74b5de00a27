import { type Bottleneck, bottlenecks } from '../model/bottlenecks.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import { flatten, type Tree } from '../model/tree.ts';
import type { ChangeKind } from './compare.ts';
import { milliseconds, round, whole } from './figures.ts';
import { type Card, createFold, lastThat } from './fold.ts';
import type { IconName } from './icons.ts';
import {
  cardHeight,
  cardWidth,
  type Direction,
  figureRoom,
  figureSize,
  fitScale,
  type Layout,
  layOut,
} from './layout.ts';
import { isShare, type Metric, type MetricName, measure, metricFor } from './metric.ts';
import { textWidth } from './text-width.ts';
import { heatOf } from './theme.ts';
import { subjectOf, titleOf, titles } from './titles.ts';

/** A plan as what is to be drawn: cards and lines with their places and words, without a colour. */
export interface Scene {
  width: number;
  height: number;
  direction: Direction;
  metric: Pick<Metric, 'name' | 'title'>;
  cards: SceneCard[];
  edges: Edge[];
}

export interface SceneCard {
  x: number;
  y: number;
  /** Of the node; of a fold, of the first that it stands for. */
  id: number;
  kind: Card['kind'];
  icon: IconName;
  title: string;
  subject: string;
  figures: string;
  /** What the metric says, and how much of its bar is filled, 0..1. */
  measure: string;
  value: number;
  heat: number;
  /** Of the worst finding. */
  badge?: Severity;
  /** It is expected, not measured. */
  estimate: boolean;
  never: boolean;
  /** Place of the card above it in the scene. */
  parent?: number;
  /** What became of it, beside another plan. */
  change?: ChangeKind;
  /** Of a fold: the nodes it stands for, with all below them (rest) or alone (way). */
  places?: readonly number[];
  /** Of a way: of the nodes beside it that hang on it, the first of each branch. */
  beside?: readonly number[];
}

export interface Edge {
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** In pixels: more rows, a thicker line. */
  width: number;
  never: boolean;
  /** It leads to one of the nodes where most of the work is. */
  way: boolean;
}

export interface SceneOptions {
  metric?: MetricName;
  findings?: readonly Pick<Finding, 'severity' | 'nodes'>[];
  /** Cards at most; as many as can be read in the field, if it is 'field'. */
  budget?: number | 'field';
  /** Places of nodes that count before others: what someone looks for. */
  first?: readonly number[];
  /** Places of nodes that are never folded. */
  open?: readonly number[];
  direction?: Direction;
  field?: { width: number; height: number };
}

/** As many as can be read on a screen. */
export const usualBudget = 45;
const usualField = { width: 1_440, height: 860 };

export function sceneOf(plan: ScenePlan, options: SceneOptions = {}): Scene {
  const { root, mode } = plan;
  const { findings = [], budget = usualBudget, field = usualField, first = [] } = options;
  const metric = measure(plan, options.metric ?? metricFor(root));
  const badges = badgesOf(findings);
  const tree = flatten(root);
  const folded = createFold(tree, {
    values: metric.values,
    first: [...badges.keys(), ...first],
    ...(options.open ? { open: options.open } : {}),
  });
  const laid = (cards: number) => layOut(folded(cards), field, options.direction);
  const { cards: placed, ...layout } = budget === 'field' ? readable(laid, field) : laid(budget);
  const most = tree.nodes.reduce((rows, node) => Math.max(rows, rowsOf(node)), 1);
  const ways = waysTo(bottlenecks(plan).slice(0, mostWays), tree);
  const cards = placed.map(({ card, x, y, parent }) => ({
    x,
    y,
    ...(parent === undefined ? {} : { parent }),
    ...describe(card, metric, badges, mode === 'estimate'),
  }));
  const edges = placed.flatMap(({ card, x, y, parent }): Edge[] => {
    const above = parent === undefined ? undefined : placed[parent];
    if (!above) return [];
    const node = card.kind === 'node' ? card.node : undefined;
    return [
      {
        ...(layout.direction === 'down'
          ? {
              from: { x: above.x + cardWidth / 2, y: above.y + cardHeight },
              to: { x: x + cardWidth / 2, y },
            }
          : {
              from: { x: above.x + cardWidth, y: above.y + cardHeight / 2 },
              to: { x, y: y + cardHeight / 2 },
            }),
        width: node ? 1 + (6 * Math.log10(1 + rowsOf(node))) / Math.log10(1 + most) : 1,
        never: node ? isNever(node) : false,
        way: card.kind !== 'rest' && ways.has(card.at),
      },
    ];
  });
  return { ...layout, metric: { name: metric.name, title: metric.title }, cards, edges };
}

type ScenePlan = Pick<Plan, 'root' | 'mode' | 'lossiness'>;

/** Drawn as the way: more of them lead nowhere. */
const mostWays = 3;

function waysTo(ends: readonly Bottleneck[], { nodes, parents }: Tree): Set<number> {
  const ways = new Set<number>();
  for (const { node } of ends)
    for (let at = nodes.indexOf(node); at >= 0 && !ways.has(at); at = parents[at] ?? -1)
      ways.add(at);
  return ways;
}

/** Text of 13 pixels is read down to about 8. */
export const readableScale = 0.6;
const [fewest, mostReadable] = [12, 400];

/** The most cards that fit the field at that scale, or a few that do not. */
function readable(
  laid: (cards: number) => Layout,
  field: { width: number; height: number },
): Layout {
  let best: Layout | undefined;
  lastThat(
    (cards) => {
      const layout = laid(cards);
      const fits = fitScale(layout, field) >= readableScale;
      if (fits) best = layout;
      return fits;
    },
    fewest,
    mostReadable,
    usualBudget,
  );
  return best ?? laid(fewest);
}

const rowsOf = ({ est, derived }: PlanNode) => derived.rowsTotal ?? est.rows;
const isNever = ({ act }: PlanNode) => act?.loops === 0;

const order: readonly Severity[] = ['critical', 'warning', 'info'];

/** The worst finding of each node. */
function badgesOf(findings: readonly Pick<Finding, 'severity' | 'nodes'>[]): Map<number, Severity> {
  const badges = new Map<number, Severity>();
  for (const severity of order)
    for (const { nodes } of findings.filter((each) => each.severity === severity))
      for (const id of nodes) if (!badges.has(id)) badges.set(id, severity);
  return badges;
}

function describe(
  card: Card,
  metric: Metric,
  badges: ReadonlyMap<number, Severity>,
  estimate: boolean,
): Omit<SceneCard, 'x' | 'y' | 'parent'> {
  const plain = { id: card.at, kind: card.kind, estimate, never: false };
  if (card.kind === 'way')
    return {
      ...plain,
      ...quietCard,
      places: card.places,
      beside: card.beside,
      title: `${whole(card.count)} levels`,
      subject:
        card.besides > 0 ? `and ${whole(card.besides)} nodes beside them` : 'one below the other',
    };
  if (card.kind === 'rest') {
    const { count, alike, value } = card;
    const share = isShare(metric.name) ? Math.min(1, value) : 0;
    return {
      ...plain,
      ...quietCard,
      places: card.places,
      title: alike
        ? `${titleOf(alike)} × ${count}`
        : `${whole(count)} more ${count === 1 ? 'node' : 'nodes'}`,
      subject: alike ? subjectOf(alike) : 'below this one',
      measure: share > 0 ? `${(share * 100).toFixed(1)}%` : '',
      value: share,
      heat: 0,
    };
  }
  const { node } = card;
  const value = metric.values[card.at] ?? 0;
  const badge = badges.get(node.id);
  return {
    ...plain,
    icon: titles[node.op].icon,
    title: titleOf(node),
    subject: subjectOf(node),
    figures: figuresOf(node),
    measure: metric.text(card.at),
    value,
    heat: heatOf(value),
    never: isNever(node),
    ...(badge ? { badge } : {}),
  };
}

const quietCard = { icon: 'more' as const, figures: '', measure: '', value: 0, heat: 0 };

/** `1.0 M rows · ×257 off · 12 ms`, `12 rows expected`: as much of it as a card has room for. */
function figuresOf({ est, act, derived }: PlanNode): string {
  if (!act) return `${round(est.rows)} ${est.rows === 1 ? 'row' : 'rows'} expected`;
  if (act.loops === 0) return 'never executed';
  const total = derived.rowsTotal ?? act.rows;
  const rows = `${round(total)} ${total === 1 ? 'row' : 'rows'}`;
  const { qError = 1, exclusiveMs = 0 } = derived;
  const parts = [
    ...(qError >= tellError ? [`×${round(qError)} off`] : []),
    ...(exclusiveMs > 0 ? [milliseconds(exclusiveMs)] : []),
    ...(act.loops > 1 ? [`${round(act.loops)} loops`] : []),
  ];
  return parts.reduce((text, part) => {
    const longer = `${text} · ${part}`;
    return textWidth(longer, figureSize) <= figureRoom ? longer : text;
  }, rows);
}
const tellError = 10;
