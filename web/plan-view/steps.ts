import type { PlanNode } from '../../src/model/plan.ts';
import { milliseconds, percent, round } from '../../src/render/figures.ts';
import type { Metric } from '../../src/render/metric.ts';
import { subjectOf, titleOf } from '../../src/render/titles.ts';
import { type Child, h, mark } from './dom.ts';
import { type Model, outlined } from './model.ts';
import { createWindowed } from './windowed.ts';

/**
 * The steps of a plan in rows: as a tree that opens and closes (the outline, which is also the plan
 * for those who do not see the picture), or as a table that is sorted by any column.
 */
export interface Steps {
  element: HTMLElement;
  show(given: StepsGiven): void;
  reveal(): void;
  /** Whether the key meant something here. */
  key(name: string): boolean;
}

export interface StepsGiven {
  model: Model;
  metric: Metric;
  selected: number | undefined;
  hits: ReadonlySet<number>;
  /** Of a large plan, what is closed until someone opens it. */
  quiet: ReadonlySet<number>;
  /** It stands beside the picture, and has little room. */
  short: boolean;
  rowHeight: number;
}

interface Column {
  title: string;
  /** A track of the grid. */
  width: string;
  cell(at: number, given: StepsGiven): Child;
  /** What it is sorted by; without it, it is text on the left. */
  value?(at: number, given: StepsGiven): number;
}

const nodeOf = (at: number, { model }: StepsGiven) => model.tree.nodes[at] as PlanNode;
const badgeMarks = { critical: '◆', warning: '▲', info: '●' } as const;

const badge = (at: number, { model }: StepsGiven): Child => {
  const severity = model.badges.get(at);
  return severity && h('b', { class: severity, title: severity }, `${badgeMarks[severity]} `);
};
const step = (at: number, given: StepsGiven): Child =>
  h(
    'span',
    { class: 'step' },
    badge(at, given),
    h('b', {}, titleOf(nodeOf(at, given))),
    given.short && ` ${subjectOf(nodeOf(at, given))}`,
  );
const subject: Column = {
  title: 'of',
  width: 'minmax(120px,3fr)',
  cell: (at, given) => subjectOf(nodeOf(at, given)),
};
const share: Column = {
  title: 'own',
  width: '104px',
  cell: (at, { metric, model }) => {
    const bar = h('i', { class: model.plan.mode === 'estimate' ? 'bar hatched' : 'bar' });
    bar.style.setProperty('--value', String(Math.min(1, metric.values[at] ?? 0)));
    return h('span', { class: 'share' }, bar, h('span', {}, metric.text(at)));
  },
  value: (at, { metric }) => metric.values[at] ?? 0,
};
const rows: Column = {
  title: 'rows',
  width: '80px',
  cell: (at, given) => round(rowsOf(nodeOf(at, given))),
  value: (at, given) => rowsOf(nodeOf(at, given)),
};
const rowsOf = ({ est, derived }: PlanNode) => derived.rowsTotal ?? est.rows;
const expected: Column = {
  title: 'expected',
  width: '80px',
  cell: (at, given) => round(nodeOf(at, given).est.rows),
  value: (at, given) => nodeOf(at, given).est.rows,
};
const number = (
  title: string,
  value: (node: PlanNode) => number | undefined,
  text: (value: number) => string,
): Column => ({
  title,
  width: '80px',
  cell: (at, given) => {
    const found = value(nodeOf(at, given));
    return found === undefined ? '' : text(found);
  },
  value: (at, given) => value(nodeOf(at, given)) ?? -1,
});
const tree: Column = { title: 'step', width: 'minmax(180px,4fr)', cell: step };
const place: Column = {
  title: '#',
  width: '52px',
  cell: (at) => String(at),
  value: (at) => at,
};
const withBelow: Column = {
  title: 'with all below',
  width: '110px',
  cell: (at, { model }) => percent(Math.min(1, model.inclusive[at] ?? 0)),
  value: (at, { model }) => model.inclusive[at] ?? 0,
};
const columnsOf = {
  short: [{ ...tree, width: 'minmax(0,1fr)' }, share],
  outline: [tree, subject, share, rows, expected],
  table: [
    place,
    tree,
    subject,
    share,
    withBelow,
    number('time', ({ derived }) => derived.exclusiveMs, milliseconds),
    number('cost', ({ derived }) => derived.exclusiveCost, round),
    rows,
    expected,
    number(
      'off',
      ({ derived }) => derived.qError,
      (error) => (error < 2 ? '' : `×${round(error)}`),
    ),
    number('loops', ({ act }) => act?.loops, round),
    number('pages', ({ io }) => io && io.hit + io.read, round),
  ],
};

/** Steps to the right; deeper ones would leave no room for words, and have a number. */
const deepest = { short: 9, wide: 24 };

export function createSteps(kind: 'outline' | 'table', pick: (at: number) => void): Steps {
  const isTable = kind === 'table';
  const head = h('div', { class: 'row head', role: 'row', 'aria-rowindex': 1 });
  const element = h('div', {
    class: `steps ${kind}`,
    tabindex: 0,
    role: isTable ? 'grid' : 'treegrid',
    'aria-label': isTable ? 'Steps, sortable' : 'Steps of the plan',
  });
  const list = createWindowed(element, h('div', { role: 'rowgroup', class: 'heads' }, head));
  let given: StepsGiven | undefined;
  let order: number[] = [];
  let closed: ReadonlySet<number> = new Set();
  let sorted: { column: Column; up: boolean } | undefined;
  let columns: readonly Column[] = [];

  const toggle = (at: number, close = !closed.has(at)) => {
    const next = new Set(closed);
    if (close) next.add(at);
    else next.delete(at);
    closed = next;
    draw();
  };
  const draw = () => {
    if (!given) return;
    columns = columnsOf[isTable ? 'table' : given.short ? 'short' : 'outline'];
    element.style.setProperty('--columns', columns.map(({ width }) => width).join(' '));
    order = isTable ? inOrder(given, sorted) : outlined(given.model, closed);
    head.replaceChildren(...columns.map(headCell));
    mark(element, 'aria-rowcount', order.length + 1);
    mark(element, 'aria-colcount', columns.length);
    list.show(order.length, given.rowHeight, row);
    mark(element, 'aria-activedescendant', given.selected === undefined ? undefined : 'selected');
  };
  const headCell = (column: Column) => {
    const by = sorted?.column === column ? sorted : undefined;
    const cell = h(
      'div',
      { role: 'columnheader', class: column.value ? 'number' : '' },
      isTable && column.value
        ? h(
            'button',
            {
              onclick: () => {
                sorted = { column, up: by ? !by.up : column === place };
                draw();
              },
            },
            column.title + (by ? (by.up ? ' ▴' : ' ▾') : ''),
          )
        : column.title,
    );
    mark(cell, 'aria-sort', by && (by.up ? 'ascending' : 'descending'));
    return cell;
  };
  const row = (i: number) => {
    const { model, selected, hits } = given as StepsGiven;
    const at = order[i] as number;
    const [of, which] = model.siblings[at] ?? [1, 1];
    const parts = columns.map((column) =>
      h(
        'div',
        { role: 'gridcell', class: column.value ? 'number' : '' },
        column.cell(at, given as StepsGiven),
      ),
    );
    const opens = !isTable && nodeOf(at, given as StepsGiven).children.length > 0;
    const line = h(
      'div',
      {
        class: `row${hits.has(at) ? ' hit' : ''}`,
        role: 'row',
        id: at === selected ? 'selected' : undefined,
        'aria-rowindex': i + 2,
        'aria-selected': at === selected ? 'true' : 'false',
        'aria-level': isTable ? undefined : (model.levels[at] ?? 0) + 1,
        'aria-setsize': isTable ? undefined : of,
        'aria-posinset': isTable ? undefined : which,
        'aria-expanded': opens ? String(!closed.has(at)) : undefined,
      },
      ...parts,
    );
    if (!isTable) {
      const [level = 0, most] = [model.levels[at], deepest[given?.short ? 'short' : 'wide']];
      parts[0]?.prepend(
        h('span', { class: 'twist' }, opens ? (closed.has(at) ? '▸' : '▾') : ''),
        level > most ? h('span', { class: 'soft' }, `${level} `) : '',
      );
      parts[0]?.style.setProperty('padding-left', `${Math.min(most, level) * 12}px`);
    }
    return line;
  };
  element.addEventListener('click', (event) => {
    const at = order[list.at(event) ?? -1];
    if (at === undefined || (event.target as Element).closest('.head')) return;
    if ((event.target as Element).closest('.twist')) toggle(at);
    pick(at);
  });
  const reveal = () => {
    const at = given?.selected;
    if (!given || at === undefined) return;
    // What is selected is never hidden by what was closed above it.
    const above: number[] = [];
    for (let up = given.model.tree.parents[at] ?? -1; up >= 0; )
      up = (above.push(up), given.model.tree.parents[up] ?? -1);
    if (above.some((each) => closed.has(each))) {
      closed = new Set([...closed].filter((each) => !above.includes(each)));
      draw();
    }
    list.reveal(order.indexOf(at));
  };
  return {
    element,
    show(next) {
      if (given?.model.plan !== next.model.plan) closed = next.quiet;
      given = next;
      draw();
    },
    reveal,
    key(name) {
      if (!given) return false;
      const i = order.indexOf(given.selected ?? -1);
      const at = order[i];
      const page = Math.max(1, Math.floor(element.clientHeight / given.rowHeight) - 2);
      const to = {
        ArrowDown: i + 1,
        ArrowUp: Math.max(0, i - 1),
        PageDown: Math.min(order.length - 1, i + page),
        PageUp: Math.max(0, i - page),
        Home: 0,
        End: order.length - 1,
      }[name];
      if (to !== undefined) {
        if (order[to] !== undefined) pick(order[to]);
        return true;
      }
      if (at === undefined || isTable) return false;
      const below = nodeOf(at, given).children.length > 0;
      if (name === 'ArrowRight' && below) {
        if (closed.has(at)) toggle(at, false);
        else pick(at + 1);
      } else if (name === 'ArrowLeft') {
        if (below && !closed.has(at)) toggle(at, true);
        else pick(Math.max(0, given.model.tree.parents[at] ?? 0));
      } else return false;
      return true;
    },
  };
}

function inOrder(given: StepsGiven, sorted: { column: Column; up: boolean } | undefined): number[] {
  const order = [...given.model.tree.nodes.keys()];
  const value = sorted?.column.value;
  if (!sorted || !value) return order;
  const values = order.map((at) => value(at, given));
  const sign = sorted.up ? 1 : -1;
  return order.sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b);
}
