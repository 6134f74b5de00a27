import { remarkOf, statementsOf } from '../../src/analysis/statements-of.ts';
import { percent } from '../../src/render/figures.ts';
import { totalsOf } from '../../src/render/picture.ts';
import { subjectOf, titleOf } from '../../src/render/titles.ts';
import { type Child, h, put } from './dom.ts';
import { type Fact, factsOf } from './facts.ts';
import type { Model } from './model.ts';
import type { Told } from './types.ts';

/** Everything that is known of the selected node, and what was found at it. */
export interface DrawerActions {
  copy(text: string, what: 'node' | 'fix'): void;
  close(): void;
  pick(at: number): void;
}

const marks = { critical: '◆', warning: '▲', info: '●' } as const;

export function showDrawer(
  drawer: HTMLElement,
  model: Model,
  selected: number | undefined,
  actions: DrawerActions,
): void {
  const node = selected === undefined ? undefined : model.tree.nodes[selected];
  if (!node || selected === undefined) {
    put(drawer, h('h2', {}, 'The plan'), ...planParts(model, actions));
    return;
  }
  const found = model.findings.filter(({ nodes }) => nodes.includes(selected));
  put(
    drawer,
    h(
      'div',
      { class: 'title' },
      h('h2', {}, titleOf(node)),
      h('button', { onclick: () => actions.copy(textOf(model, selected), 'node') }, 'copy'),
      h('button', { onclick: actions.close, 'aria-label': 'Close the details' }, '✕'),
    ),
    h('p', { class: 'soft' }, `step ${selected} · ${subjectOf(node) || node.nativeOp}`),
    ...found.map((each) => finding(each, actions, selected)),
    list(factsOf(model, selected)),
  );
}

function planParts({ plan, findings, looked }: Model, actions: DrawerActions): Child[] {
  const { engine, engineVersion, settings, queryText } = plan;
  const facts = Object.entries(settings).map(([label, text]) => ({ label, text }));
  return [
    h('p', { class: 'soft' }, `${engine} ${engineVersion} · ${totalsOf(plan)}`),
    ...findings.map((each) => finding(each, actions)),
    looked &&
      findings.length === 0 &&
      h('p', {}, 'Nothing was found by what the plan alone tells.'),
    queryText !== undefined && h('pre', {}, queryText),
    facts.length > 0 && h('h3', {}, 'Settings'),
    list(facts),
  ];
}

const list = (facts: readonly Fact[]) =>
  h(
    'dl',
    {},
    ...facts.flatMap(({ label, text, code }) => [
      h('dt', {}, label),
      h('dd', {}, code ? h('code', {}, text) : text),
    ]),
  );

function finding(
  { rule, severity, message, fix, nodes: [at], sql = statementsOf(fix) }: Told,
  actions: DrawerActions,
  selected?: number,
) {
  const words = sql && sql === statementsOf(fix) ? remarkOf(fix) : fix;
  return h(
    'section',
    { class: `finding ${severity}` },
    h('h3', {}, `${marks[severity]} ${rule}`),
    h('p', {}, message),
    words !== undefined && h('p', { class: sql ? '' : 'soft' }, words),
    sql !== undefined && h('pre', {}, sql),
    h(
      'p',
      { class: 'chips' },
      h(
        'button',
        { onclick: () => actions.copy(sql ?? fix, 'fix') },
        sql ? 'copy SQL' : 'copy fix',
      ),
      at !== undefined &&
        at !== selected &&
        h('button', { onclick: () => actions.pick(at) }, `go to step ${at}`),
    ),
  );
}

/** As a person pastes it into a ticket. */
export function textOf(model: Model, at: number): string {
  const node = model.tree.nodes[at];
  if (!node) return '';
  return [
    `${titleOf(node)} ${subjectOf(node)}`.trim(),
    ...factsOf(model, at).map(({ label, text }) => `  ${label}: ${text}`),
    ...model.findings
      .filter(({ nodes }) => nodes.includes(at))
      .map(({ rule, message, fix }) => `  ${rule}: ${message} ${fix}`),
  ].join('\n');
}

/** What is said aloud where one comes to a node, in the metric that is shown. */
export function spoken(model: Model, at: number, measured: string): string {
  const node = model.tree.nodes[at];
  const severity = model.badges.get(at);
  return node
    ? [
        `${titleOf(node)} ${subjectOf(node)}`,
        measured,
        `${percent(Math.min(1, model.inclusive[at] ?? 0))} with all below`,
        severity && `${severity} finding`,
      ]
        .filter(Boolean)
        .join(', ')
    : '';
}
