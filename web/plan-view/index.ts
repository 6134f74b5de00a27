import { DbintelPlan } from './element.ts';
import type { PlanViewEvents } from './types.ts';

/** Registers `<dbintel-plan>`, once, however often it is loaded. */
if (!customElements.get('dbintel-plan')) customElements.define('dbintel-plan', DbintelPlan);

export type { DbintelPlan } from './element.ts';
export type { Fold, PlanViewEvents, PlanViewProperties, Told, ViewName } from './types.ts';
export { viewNames } from './types.ts';

declare global {
  interface HTMLElementTagNameMap {
    'dbintel-plan': DbintelPlan;
  }
  interface HTMLElementEventMap {
    'node-select': CustomEvent<PlanViewEvents['node-select']>;
    'metric-change': CustomEvent<PlanViewEvents['metric-change']>;
    'view-change': CustomEvent<PlanViewEvents['view-change']>;
    'fold-change': CustomEvent<PlanViewEvents['fold-change']>;
    'copy-done': CustomEvent<PlanViewEvents['copy-done']>;
  }
}
