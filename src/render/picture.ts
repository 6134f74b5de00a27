import type { Severity } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { sideBySide } from './beside.ts';
import { captionOf, type Line, roomFor } from './caption.ts';
import { type Change, changeMarks } from './compare.ts';
import { differenceSentence } from './difference-sentence.ts';
import { milliseconds, round } from './figures.ts';
import { cardMarks, curveOf, edgeColour, type Mark, neverDashes, neverOpacity } from './marks.ts';
import { type Scene, type SceneOptions, sceneOf } from './scene.ts';
import { sentenceOf } from './sentence.ts';
import type { Theme } from './theme.ts';

/**
 * A plan, or two side by side, as a picture that is looked at without anything around it: the
 * answer in words, then the scene. SVG, PNG and PDF are made of the same one.
 */
export interface Picture {
  title: string;
  width: number;
  height: number;
  paper: string;
  parts: Part[];
}

export type Part = Mark | Group;

/** What is within is moved by x and y. */
export interface Group {
  kind: 'group';
  x: number;
  y: number;
  opacity?: number;
  parts: Part[];
}

export interface Drawable {
  name: string;
  plan: Plan;
  findings: readonly { severity: Severity; message: string; nodes: number[] }[];
}

export type PictureOptions = Omit<SceneOptions, 'findings'>;

export const margin = 24;
const gap = 16;
/** Words above a picture that is narrower than they are. */
const leastRoom = 640;
/** In words; the others have their shapes on the cards. */
const mostFindings = 4;
const mostChanges = 5;

export const sceneParts = (scene: Scene, theme: Theme): Part[] => [
  ...scene.edges.map((edge): Part => {
    const [x, y, ...handles] = curveOf(edge, scene.direction);
    return {
      kind: 'path',
      x: 0,
      y: 0,
      d: `M${x} ${y}C${handles.join(' ')}`,
      stroke: edgeColour(edge, theme),
      line: Number(edge.width.toFixed(1)),
      ...(edge.never ? { dashes: neverDashes } : {}),
    };
  }),
  ...scene.cards.map(
    (card): Part => ({
      kind: 'group',
      x: card.x,
      y: card.y,
      ...(card.never ? { opacity: neverOpacity } : {}),
      parts: cardMarks(card, theme),
    }),
  ),
];

/** `before`: what it is compared with. `notes`: what else is to be known of the picture. */
export function pictureOf(
  page: Drawable,
  before: Drawable | undefined,
  theme: Theme,
  options: PictureOptions & { notes?: readonly string[] } = {},
): Picture {
  const { notes = [], ...how } = options;
  const both = before && compared(before, page, how);
  const columns =
    before && both
      ? [columnOf(both.before, theme, before), columnOf(both.after, theme, page)]
      : [columnOf(sceneOf(page.plan, { ...how, findings: page.findings }), theme)];
  const wide = columns.reduce((sum, { width }) => sum + width + margin, -margin);
  const above = before && both ? differenceLines(before, page, both.changes) : answerLines(page);
  const below = notes.map((text): Line => ({ text, look: 'soft' }));
  const room = Math.max(wide, Math.min(leastRoom, roomFor([...above, ...below])));
  const [head, foot] = [captionOf(above, room, theme), captionOf(below, room, theme)];
  const high = Math.max(...columns.map(({ height }) => height));
  const top = head.height + gap;
  const parts: Part[] = [{ kind: 'group', x: 0, y: 0, parts: head.marks }];
  let x = 0;
  for (const { width, parts: drawn } of columns) {
    parts.push({ kind: 'group', x, y: top, parts: drawn });
    x += width + margin;
  }
  const end = top + high + (notes.length > 0 ? gap : 0);
  if (notes.length > 0) parts.push({ kind: 'group', x: 0, y: end, parts: foot.marks });
  return {
    title: before ? `${before.name} → ${page.name}` : page.name,
    width: Math.ceil(room + 2 * margin),
    height: Math.ceil(end + foot.height + 2 * margin),
    paper: theme.paper,
    parts: [{ kind: 'group', x: margin, y: margin, parts }],
  };
}

/** Steps that are in both stand at one height, roots above whatever is asked for. */
const compared = (before: Drawable, page: Drawable, how: PictureOptions) =>
  sideBySide(before.plan, page.plan, {
    ...how,
    findings: { before: before.findings, after: page.findings },
  });

/** A scene; of one of two, under its name. */
function columnOf(scene: Scene, theme: Theme, page?: Drawable) {
  const lines: Line[] = page
    ? [
        { text: page.name, look: 'heading' },
        { text: totalsOf(page.plan), look: 'soft' },
      ]
    : [];
  const head = captionOf(lines, scene.width, theme);
  const top = head.height + (page ? gap : 0);
  return {
    width: scene.width,
    height: top + scene.height,
    parts: [
      ...head.marks,
      { kind: 'group' as const, x: 0, y: top, parts: sceneParts(scene, theme) },
    ],
  };
}

function answerLines({ name, plan, findings }: Drawable): Line[] {
  const told = findings.slice(0, mostFindings);
  const more = findings.length - told.length;
  return [
    { text: [name, totalsOf(plan)].join(' · '), look: 'name' },
    { text: sentenceOf(plan), look: 'answer' },
    ...told.map(({ severity, message }): Line => ({ text: message, look: 'text', severity })),
    ...(more > 0
      ? [{ text: `and ${more} more ${more === 1 ? 'finding' : 'findings'}`, look: 'soft' as const }]
      : []),
  ];
}

const differenceLines = (before: Drawable, page: Drawable, changes: readonly Change[]): Line[] => [
  { text: `${before.name} → ${page.name}`, look: 'name' },
  { text: differenceSentence(before.plan, page.plan), look: 'answer' },
  { text: sentenceOf(page.plan), look: 'text' },
  ...changes.slice(0, mostChanges).map(
    ({ kind, before: old, after, figures }): Line => ({
      text: `${changeMarks[kind]}: ${wayOf(old, after)} (${figures})`,
      look: 'text',
    }),
  ),
  ...(changes.length > mostChanges
    ? [{ text: `and ${changes.length - mostChanges} more`, look: 'soft' as const }]
    : []),
];

const wayOf = (before: string, after: string): string =>
  [...new Set([before, after])].filter((each) => each !== '–').join(' → ');

/** What a plan says of itself as a whole. */
export const totalsOf = ({
  totals: { nodes, depth, actualMs, planningMs, estCost },
  lossiness,
}: Plan): string =>
  [
    actualMs === undefined ? 'estimates only' : `${milliseconds(actualMs)} to run`,
    ...(planningMs === undefined ? [] : [`${milliseconds(planningMs)} to plan`]),
    ...(lossiness.includes('no_costs') ? [] : [`cost ${round(estCost)}`]),
    `${nodes} ${nodes === 1 ? 'step' : 'steps'}, ${depth} deep`,
  ].join(' · ');
