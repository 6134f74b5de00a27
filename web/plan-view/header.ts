import type { Plan } from '../../src/model/plan.ts';
import { whole } from '../../src/render/figures.ts';
import { type MetricName, metricNames } from '../../src/render/metric.ts';
import { whyNot } from '../../src/render/why-not.ts';
import { type Child, h, mark, put, remember } from './dom.ts';
import type { Model } from './model.ts';
import type { ShownPlan } from './shown.ts';
import { type Choices, type PlanViewProperties, type ViewName, viewNames } from './types.ts';
import { caveatsOf } from './words.ts';

/** The answer first, what was found, what can be chosen. Built once: nothing loses its focus. */
export interface HeaderActions {
  metric(name: MetricName): void;
  view(name: ViewName): void;
  pick(at: number): void;
  search(text: string): void;
  hit(step: 1 | -1): void;
  /** What its keys do, too. */
  key(name: string): void;
}

/** `view`: what is on the screen, whatever was chosen. */
type Seen = Pick<PlanViewProperties, 'selected'> & { view: ViewName | undefined };

const metricWords = {
  cost: 'cost',
  time: 'time',
  rows: 'rows',
  misestimate: 'misestimate',
  io: 'I/O',
} as const satisfies Record<MetricName, string>;
const viewWords = { tree: 'picture', outline: 'outline', table: 'table', raw: 'raw' } as const;
const marks = { critical: '◆', warning: '▲', info: '●' } as const;
/** More of them are in the drawer. */
const mostChips = 6;

export function createHeader(element: HTMLElement, actions: HeaderActions) {
  const answer = h('p', { class: 'answer' });
  const chips = h('div', { class: 'chips' });
  const metrics = metricNames.map((name, i) =>
    h('button', { onclick: () => actions.metric(name), title: String(i + 1) }, metricWords[name]),
  );
  const views = viewNames.map((name) =>
    h('button', { onclick: () => actions.view(name) }, viewWords[name]),
  );
  const hits = h('span', { class: 'soft' });
  const search = h('input', {
    type: 'search',
    placeholder: 'find  /',
    'aria-label': 'Find steps',
    oninput: () => actions.search(search.value),
    onkeydown: (event: KeyboardEvent) => {
      event.stopPropagation();
      if (event.key === 'Enter') actions.hit(event.shiftKey ? -1 : 1);
      if (event.key === 'Escape') actions.search((search.value = ''));
    },
  });
  const drawn = h('span', { class: 'soft' });
  const tool = (key: string, words: string, title: string) =>
    h('button', { class: 'quiet', title, onclick: () => actions.key(key) }, words);
  const everything = tool('e', 'all', 'Every step, or as many as can be read (e)');
  const only = tool('o', 'only changes', 'Fold what did not change (o)');
  const turn = tool('t', 'turn', 'Root above or at the left (t)');
  const ofPicture = h(
    'span',
    { class: 'tools' },
    drawn,
    everything,
    only,
    tool('f', 'fit', 'All of it in sight (f)'),
    turn,
    tool('p', 'copy picture', 'As a PNG (p)'),
  );
  const group = (label: string, ...buttons: HTMLElement[]) =>
    h('span', { class: 'group', role: 'group', 'aria-label': label }, ...buttons);
  put(
    element,
    answer,
    chips,
    h(
      'div',
      { class: 'bar' },
      group('Colour by', ...metrics),
      group('View', ...views),
      h('span', { class: 'find' }, search, hits),
      ofPicture,
    ),
  );
  const showChips = remember((model: Model, previous?: Plan) =>
    put(chips, ...chipsOf(model, previous, actions)),
  );
  const showReasons = remember((plan: Plan) => {
    for (const [i, name] of metricNames.entries()) {
      const reason = whyNot(plan, name);
      const button = metrics[i] as HTMLElement;
      // Not `disabled`: who cannot see that it is grey can still come to it, and read why.
      mark(button, 'aria-disabled', reason && 'true');
      button.title = reason ?? `Colour by ${metricWords[name]} (${i + 1})`;
    }
  });
  return {
    find: () => search.focus(),
    show(now: ShownPlan, { view, selected }: Seen, choices: Choices, many: string) {
      const { model, metric, earlier } = now;
      showChips(model, earlier?.model.plan);
      showReasons(model.plan);
      put(answer, now.answer);
      put(drawn, many);
      put(hits, choices.query !== '' && hitsOf(now.hits, selected));
      for (const [i, name] of metricNames.entries())
        mark(metrics[i] as HTMLElement, 'aria-pressed', String(name === metric.name));
      for (const [i, name] of viewNames.entries())
        mark(views[i] as HTMLElement, 'aria-pressed', String(name === view));
      ofPicture.hidden = view !== 'tree';
      only.hidden = !earlier;
      turn.hidden = earlier !== undefined;
      mark(only, 'aria-pressed', String(choices.onlyChanges));
    },
  };
}

const hitsOf = (hits: readonly number[], selected: number | undefined): string => {
  const which = hits.indexOf(selected ?? -1);
  const of = which < 0 ? '' : `${which + 1} of `;
  return hits.length === 0 ? 'none' : `${of}${whole(hits.length)}`;
};

function chipsOf(
  { findings, plan }: Model,
  previous: Plan | undefined,
  actions: HeaderActions,
): Child[] {
  const left = findings.length - mostChips;
  return [
    ...findings.slice(0, mostChips).map(({ rule, severity, message, nodes: [at] }) =>
      h(
        'button',
        {
          class: `chip ${severity}`,
          title: message,
          onclick: () => at !== undefined && actions.pick(at),
        },
        `${marks[severity]} ${rule}`,
      ),
    ),
    left > 0 && h('span', { class: 'soft' }, `${left} more`),
    ...caveatsOf(plan, previous).map(({ chip, why }, i) =>
      h(
        'span',
        { class: 'caveat' },
        h('button', { class: 'chip', popovertarget: `why${i}`, title: why }, chip),
        h('span', { id: `why${i}`, popover: 'auto', class: 'why' }, why),
      ),
    ),
  ];
}
