import type { Plan } from '../model/plan.ts';
import { type Change, type ChangeKind, changeMarks, comparePlans } from './compare.ts';
import { cardHeight, gapAlong } from './layout.ts';
import { matchPlans } from './match.ts';
import { type Scene, type SceneCard, type SceneOptions, sceneOf } from './scene.ts';

/**
 * Two plans of one statement as two scenes side by side: steps that are the same stand at one
 * height, what is in one of them alone is marked, and what changed is listed.
 */
export interface SideBySide {
  before: Scene;
  after: Scene;
  changes: Change[];
  /** Place of a node in the later plan, by its place in the earlier one. */
  later: ReadonlyMap<number, number>;
  earlier: ReadonlyMap<number, number>;
}

export interface BesideOptions
  extends Omit<SceneOptions, 'direction' | 'first' | 'open' | 'findings'> {
  findings?: { before?: SceneOptions['findings']; after?: SceneOptions['findings'] };
  /** What did not change is folded, however much room there is. */
  onlyChanges?: boolean;
}

export function sideBySide(before: Plan, after: Plan, options: BesideOptions = {}): SideBySide {
  const { findings = {}, onlyChanges = false, ...rest } = options;
  const [later, earlier] = [new Map<number, number>(), new Map<number, number>()];
  for (const { before: a, after: b } of matchPlans(before.root, after.root))
    if (a !== undefined && b !== undefined) {
      later.set(a, b);
      earlier.set(b, a);
    }
  const changes = comparePlans(before, after);
  const kinds = { before: new Map<number, ChangeKind>(), after: new Map<number, ChangeKind>() };
  for (const { kind, at } of changes) {
    const old = kind === 'gone' ? at : earlier.get(at);
    if (kind !== 'gone') kinds.after.set(at, kind);
    if (old !== undefined) kinds.before.set(old, kind);
  }
  const draw = (plan: Plan, side: 'before' | 'after') => {
    const changed = [...kinds[side].keys()];
    const found = findings[side];
    const scene = sceneOf(plan, {
      ...rest,
      direction: 'down',
      ...(onlyChanges ? { open: changed, budget: 2 } : { first: changed }),
      ...(found ? { findings: found } : {}),
    });
    return marked(scene, kinds[side]);
  };
  return { ...level(draw(before, 'before'), draw(after, 'after'), later), changes, later, earlier };
}

/** As pictures of one size, so that they can be moved together. */
export function inOneSize({ before, after, ...rest }: SideBySide): SideBySide {
  const width = Math.max(before.width, after.width);
  const height = Math.max(before.height, after.height);
  const within = (scene: Scene) => moved({ ...scene, width, height }, (width - scene.width) / 2);
  return { ...rest, before: within(before), after: within(after) };
}

/** To the right, so that both stand in the middle of pictures of one size. */
const moved = (scene: Scene, away: number): Scene => ({
  ...scene,
  cards: scene.cards.map((card) => ({ ...card, x: card.x + away })),
  edges: scene.edges.map(({ from, to, ...edge }) => ({
    ...edge,
    from: { x: from.x + away, y: from.y },
    to: { x: to.x + away, y: to.y },
  })),
});

const marked = (scene: Scene, kinds: ReadonlyMap<number, ChangeKind>): Scene => ({
  ...scene,
  cards: scene.cards.map((card) => {
    const change = card.kind === 'node' ? kinds.get(card.id) : undefined;
    if (!change) return card;
    return { ...card, change, figures: changeMarks[change] };
  }),
});

/** Cards of one step at one height: each below its parent, and no higher than its partner. */
function level(before: Scene, after: Scene, later: ReadonlyMap<number, number>) {
  const places = new Map(
    after.cards.flatMap(({ kind, id }, i) => (kind === 'node' ? [[id, i] as const] : [])),
  );
  const pairs = before.cards.flatMap(({ kind, id }, i): [number, number][] => {
    const partner = kind === 'node' ? places.get(later.get(id) ?? -1) : undefined;
    return partner === undefined ? [] : [[i, partner]];
  });
  const rows = rowsOf(before.cards, after.cards, pairs);
  return { before: placed(before, rows[0]), after: placed(after, rows[1]) };
}

type Rows = [number[], number[]];

function rowsOf(
  before: readonly SceneCard[],
  after: readonly SceneCard[],
  pairs: readonly [number, number][],
): Rows {
  const plain: Rows = [depthsOf(before), depthsOf(after)];
  const [old, now] = plain.map((rows) => [...rows]) as Rows;
  // Steps that stand the other way round can have no heights; then each plan keeps its own.
  for (let pass = 0; pass <= before.length + after.length; pass += 1) {
    let moved = false;
    for (const [a, b] of pairs) {
      const row = Math.max(old[a] ?? 0, now[b] ?? 0);
      if (old[a] === row && now[b] === row) continue;
      [old[a], now[b], moved] = [row, row, true];
    }
    moved = pushed(before, old) || moved;
    moved = pushed(after, now) || moved;
    if (!moved) return [old, now];
  }
  return plain;
}

function depthsOf(cards: readonly SceneCard[]): number[] {
  const depths = cards.map(() => 0);
  pushed(cards, depths);
  return depths;
}

/** Below their parents. */
function pushed(cards: readonly SceneCard[], rows: number[]): boolean {
  let moved = false;
  for (const [i, { parent }] of cards.entries()) {
    const least = parent === undefined ? 0 : (rows[parent] ?? 0) + 1;
    if ((rows[i] ?? 0) >= least) continue;
    rows[i] = least;
    moved = true;
  }
  return moved;
}

function placed(scene: Scene, rows: readonly number[]): Scene {
  const cards = scene.cards.map((card, i) => ({
    ...card,
    y: (rows[i] ?? 0) * (cardHeight + gapAlong),
  }));
  const below = cards.filter(({ parent }) => parent !== undefined);
  return {
    ...scene,
    cards,
    // An edge for each card that has a parent, in their order.
    edges: scene.edges.map((edge, i) => {
      const card = below[i] as SceneCard;
      const above = cards[card.parent ?? 0] as SceneCard;
      return {
        ...edge,
        from: { x: edge.from.x, y: above.y + cardHeight },
        to: { x: edge.to.x, y: card.y },
      };
    }),
    height: cards.reduce((most, { y }) => Math.max(most, y), 0) + cardHeight,
  };
}
