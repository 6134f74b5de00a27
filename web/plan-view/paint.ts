import { apart, unturned } from '../../src/base/turning.ts';
import { cardHeight, cardWidth } from '../../src/render/layout.ts';
import {
  cardMarks,
  curveOf,
  edgeColour,
  type Mark,
  neverDashes,
  neverOpacity,
} from '../../src/render/marks.ts';
import type { Scene, SceneCard } from '../../src/render/scene.ts';
import type { Theme } from '../../src/render/theme.ts';
import type { Camera, Size } from './camera.ts';

/**
 * A scene on a canvas: what is in sight, with as much of it as can be read from there. Only numbers
 * are compared for what is out of sight, so ten thousand cards cost no more than those in view.
 */
export interface Lit {
  /** Places of cards. */
  selected: number | undefined;
  hits: ReadonlySet<number>;
}

export const nothingLit: Lit = { selected: undefined, hits: new Set() };

export type Drawing = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const family = 'Inter, system-ui, sans-serif';
/** From these scales on: every word; title and share; the title alone, larger. */
const all = 0.5;
const short = 0.3;
const title = 0.12;

export function paint(
  context: Drawing,
  scene: Scene,
  { x, y, k }: Camera,
  { width, height }: Size,
  theme: Theme,
  lit: Lit,
): void {
  const ratio = context.canvas.width / width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
  const sight = { left: -x / k, top: -y / k, right: (width - x) / k, bottom: (height - y) / k };
  edges(context, scene, theme, sight, k);
  const seen = scene.cards.filter(
    (card) =>
      card.x + cardWidth > sight.left &&
      card.x < sight.right &&
      card.y + cardHeight > sight.top &&
      card.y < sight.bottom,
  );
  if (k >= title) for (const card of seen) drawCard(context, card, theme, k);
  else specks(context, seen, theme);
  for (const i of new Set(lit.hits).add(lit.selected ?? -1)) {
    const card = scene.cards[i];
    if (card) ring(context, card, i === lit.selected ? theme.info : theme.ink, k);
  }
}

interface Sight {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function edges(
  context: Drawing,
  { edges: lines, direction }: Scene,
  theme: Theme,
  { left, top, right, bottom }: Sight,
  k: number,
) {
  for (const edge of lines) {
    const { from, to } = edge;
    if (
      to.y < top ||
      from.y > bottom ||
      Math.max(from.x, to.x) < left ||
      Math.min(from.x, to.x) > right
    )
      continue;
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, i = 0] = curveOf(edge, direction);
    context.lineWidth = Math.max(edge.width, 0.5 / k);
    context.setLineDash(edge.never ? neverDashes : []);
    context.strokeStyle = edgeColour(edge, theme);
    context.beginPath();
    context.moveTo(a, b);
    context.bezierCurveTo(c, d, e, f, g, i);
    context.stroke();
  }
  context.setLineDash([]);
}

function drawCard(context: Drawing, card: SceneCard, theme: Theme, k: number) {
  context.save();
  context.translate(card.x, card.y);
  if (card.never) context.globalAlpha = neverOpacity;
  if (k >= short) {
    const few = k < all;
    for (const mark of cardMarks(card, theme))
      if (!few || mark.kind !== 'text' || mark.weight === 600) draw(context, mark);
  } else {
    draw(context, {
      kind: 'box',
      x: 0,
      y: 0,
      width: cardWidth,
      height: cardHeight,
      radius: 6,
      line: 2,
      fill: theme.heat[card.heat] ?? theme.card,
      stroke: card.badge ? theme[card.badge] : theme.line,
    });
    context.beginPath();
    context.rect(0, 0, cardWidth, cardHeight);
    context.clip();
    const text = { x: 10, y: 40, size: 26, fill: theme.ink };
    draw(context, { kind: 'text', weight: 600, text: card.title, ...text });
  }
  context.restore();
}

/** Each colour at once. */
export function specks(context: Drawing, cards: readonly SceneCard[], theme: Theme) {
  const paths = theme.heat.map(() => new Path2D());
  for (const { x, y, heat } of cards) paths[heat]?.rect(x, y, cardWidth, cardHeight);
  for (const [heat, path] of paths.entries()) {
    // The lightest are hardly other than the paper.
    context.fillStyle = heat < 2 ? theme.line : (theme.heat[heat] ?? theme.line);
    context.fill(path);
  }
}

function ring(context: Drawing, { x, y }: SceneCard, colour: string, k: number) {
  const away = 3;
  context.strokeStyle = colour;
  context.lineWidth = Math.max(2.5, 2 / k);
  context.beginPath();
  context.roundRect(x - away, y - away, cardWidth + 2 * away, cardHeight + 2 * away, 8);
  context.stroke();
}

const paths = new Map<string, Path2D>();
const pathOf = (d: string): Path2D => {
  const known = paths.get(d);
  if (known) return known;
  const made = new Path2D(d);
  paths.set(d, made);
  return made;
};

function draw(context: Drawing, mark: Mark): void {
  if (mark.kind === 'text') {
    context.font = `${mark.weight} ${mark.size}px ${family}`;
    context.fillStyle = mark.fill;
    context.textAlign = mark.end ? 'right' : 'left';
    context.fillText(apart(unturned(mark.text)), mark.x, mark.y);
    return;
  }
  const { fill, stroke, line = 1, dashes = [], round } = mark;
  const path = mark.kind === 'path' ? pathOf(mark.d) : new Path2D();
  const [x, y] = mark.kind === 'path' ? [mark.x, mark.y] : [0, 0];
  if (mark.kind === 'box') path.roundRect(mark.x, mark.y, mark.width, mark.height, mark.radius);
  context.translate(x, y);
  if (fill) {
    context.fillStyle = fill;
    context.fill(path);
  }
  if (stroke) {
    context.strokeStyle = stroke;
    context.lineWidth = line;
    context.lineCap = context.lineJoin = round ? 'round' : ('butt' as never);
    context.setLineDash([...dashes]);
    context.stroke(path);
  }
  context.translate(-x, -y);
}
