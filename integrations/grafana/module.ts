import { PanelPlugin, type PanelProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import { createElement, type ReactNode } from 'react';
import { PlanShell } from '../shell/plan-shell.ts';
import { plansOf } from './frames.ts';

/** A panel for query plans that are in a data source as db.query.plan.packed. */
interface Options {
  field: string;
}

function PlanPanel({ data, width, height, options }: PanelProps<Options>): ReactNode {
  return createElement(
    'div',
    { style: { width, height } },
    createElement(PlanShell, {
      plans: plansOf(data.series, options.field || undefined),
      theme: config.theme2.isDark ? 'dark' : 'light',
      nothing:
        'No row has a packed plan (v1.…). dbintel writes db.query.plan.packed where ' +
        'DBINTEL_OTLP_PLAN is packed or both.',
    }),
  );
}

export const plugin = new PanelPlugin<Options>(PlanPanel).setPanelOptions((builder) =>
  builder.addTextInput({
    path: 'field',
    name: 'Field',
    description: 'Where the packed plan is; every field is looked at if it is empty',
    defaultValue: '',
  }),
);
