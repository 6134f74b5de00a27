import { useEffect, useRef } from 'react';
import type { MetricName } from '../../../src/render/metric.ts';
import type { DbintelPlan, PlanViewProperties, ViewName } from '../../plan-view/index.ts';
import '../../plan-view/index.ts';
import styles from './result.module.css';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'dbintel-plan': DetailedHTMLProps<HTMLAttributes<DbintelPlan>, DbintelPlan> & {
        class?: string | undefined;
      };
    }
  }
}

/** What is chosen in the picture, and said in the address. */
export interface Choices {
  metric?: MetricName | undefined;
  view?: ViewName | undefined;
  /** Id of a step. */
  node?: number | undefined;
}

type Shown = Partial<Pick<PlanViewProperties, 'plan' | 'findings' | 'previous' | 'theme'>>;

/** `<dbintel-plan>` with what the page knows. */
export function PlanPicture(props: {
  shown: Shown;
  choices: Choices;
  onChoose(choices: Choices): void;
}) {
  const { shown, choices, onChoose } = props;
  const element = useRef<DbintelPlan>(null);
  const told = useRef({ choices, onChoose });
  useEffect(() => {
    told.current = { choices, onChoose };
  });
  // What is said of the plan is seen before the picture is drawn.
  useEffect(() => {
    const timer = setTimeout(() => element.current?.set({ previous: undefined, ...shown }));
    return () => clearTimeout(timer);
  }, [shown]);
  useEffect(() => {
    const { metric, view = 'tree', node } = choices;
    element.current?.set({ metric, view, selected: node });
  }, [choices]);
  useEffect(() => {
    const target = element.current;
    const stop = new AbortController();
    const choose = (change: Choices) =>
      told.current.onChoose({ ...told.current.choices, ...change });
    const { signal } = stop;
    target?.addEventListener('node-select', ({ detail: { id } }) => choose({ node: id }), {
      signal,
    });
    target?.addEventListener('metric-change', ({ detail }) => choose(detail), { signal });
    target?.addEventListener('view-change', ({ detail }) => choose(detail), { signal });
    return () => stop.abort();
  }, []);
  return <dbintel-plan ref={element} class={styles.plan} />;
}
