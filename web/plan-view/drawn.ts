import type { Plan } from '../../src/model/plan.ts';
import type { MetricName } from '../../src/render/metric.ts';
import { type Scene, type SceneOptions, sceneOf } from '../../src/render/scene.ts';
import type { Size } from './camera.ts';
import { remember } from './dom.ts';
import type { Choices, Fold, PlanViewProperties, Told } from './types.ts';

/** The scene of a plan, anew only where it changed: each element has one of these. */
export type Draw = (
  given: PlanViewProperties & { plan: Plan },
  choices: Choices,
  field: Size,
) => Scene;

export function createDraw(): Draw {
  const drawn = remember(
    (
      plan: Plan,
      findings: readonly Told[],
      metric: MetricName | undefined,
      fold: Fold | undefined,
      first: readonly number[],
      direction: Choices['direction'],
      width: number,
      height: number,
    ): Scene =>
      sceneOf(plan, {
        findings,
        first,
        ...(metric ? { metric } : {}),
        ...folded(fold, { width, height }),
        ...(direction ? { direction } : {}),
      }),
  );
  return ({ plan, findings = none, metric, fold }, { hits, direction }, { width, height }) =>
    drawn(plan, findings, metric, fold, hits, direction, width, height);
}

const none: readonly Told[] = [];

export const folded = (
  fold: Fold | undefined,
  field: Size,
): Pick<SceneOptions, 'field' | 'budget' | 'open'> => ({
  field,
  budget: fold?.cards === 'all' ? Number.POSITIVE_INFINITY : (fold?.cards ?? 'field'),
  ...(fold?.open ? { open: fold.open } : {}),
});
