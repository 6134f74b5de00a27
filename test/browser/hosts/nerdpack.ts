import QueryPlansNerdlet from 'nerdlet';
import { createElement, version } from 'react';
// React 16 has no other way.
import * as reactDom from 'react-dom';
import QueryPlanVisualization from 'visualization';
import { NerdletStateContext } from './nr1-stand-in.ts';

/** A page in the place of New Relic's: one of both parts, on React 16. */
const { render } = reactDom as unknown as { render(what: unknown, where: Element | null): void };
const draw = () => {
  const root = document.getElementById('root');
  root?.style.setProperty('height', '700px');
  const part = location.pathname.endsWith('/nerdlet')
    ? createElement(
        NerdletStateContext.Provider,
        { value: globalThis.nr.urlState },
        createElement(QueryPlansNerdlet),
      )
    : createElement(QueryPlanVisualization, { accountId: '7', where: "`db.namespace` = 'shop'" });
  render(part, root);
};
globalThis.nr = { rows: [], queries: [], urlState: {}, redraw: draw };
document.documentElement.dataset['react'] = version;
Object.assign(globalThis, { draw });
