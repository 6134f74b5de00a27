import type { Plan } from '../../src/model/plan.ts';
import { h, remember } from './dom.ts';
import { createWindowed } from './windowed.ts';

/** The plan as it is stored: JSON in lines, of which those in sight are elements. */
const lineHeight = 18;

export function createStored(copy: (text: string) => void) {
  const list = createWindowed(
    h('div', {
      class: 'raw',
      tabindex: 0,
      role: 'region',
      'aria-label': 'The plan as it is stored',
    }),
  );
  const textOf = remember((plan: Plan) => JSON.stringify(plan, withoutEmpty, 2));
  const linesOf = remember((plan: Plan) => textOf(plan).split('\n'));
  let shown: Plan | undefined;
  const element = h(
    'div',
    { class: 'rawpane' },
    h('button', { onclick: () => shown && copy(textOf(shown)) }, 'copy the plan'),
    list.element,
  );
  return {
    element,
    show(plan: Plan | undefined) {
      element.hidden = plan === undefined;
      shown = plan;
      if (!plan) return;
      const lines = linesOf(plan);
      list.show(lines.length, lineHeight, (i) => h('div', { class: 'line' }, lines[i]));
    },
  };
}

/** Empty lists and records say nothing. */
const withoutEmpty = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
    ? undefined
    : value;
