import type { Plan } from '../../src/model/plan.ts';
import { inOneSize, type SideBySide, sideBySide } from '../../src/render/beside.ts';
import { differenceSentence } from '../../src/render/difference-sentence.ts';
import { type Metric, type MetricName, measure, metricFor } from '../../src/render/metric.ts';
import type { Scene } from '../../src/render/scene.ts';
import { sentenceOf } from '../../src/render/sentence.ts';
import type { Theme } from '../../src/render/theme.ts';
import type { Size } from './camera.ts';
import { remember } from './dom.ts';
import { type Draw, folded } from './drawn.ts';
import { holders, type Model, modelOf, quietIn } from './model.ts';
import type { Choices, Fold, PlanViewProperties, Told } from './types.ts';

/** All that is seen, derived of what was given and chosen; each part anew only where it changed. */
export interface Shown {
  given: PlanViewProperties;
  choices: Choices;
  theme: Theme;
  /** Undefined without a plan. */
  plan: ShownPlan | undefined;
}

export interface ShownPlan {
  model: Model;
  metric: Metric;
  scene: Scene;
  /** Of each node, the place of its card in the scene. */
  held: Int32Array;
  quiet: ReadonlySet<number>;
  /** Places of nodes. */
  hits: readonly number[];
  answer: string;
  earlier: Earlier | undefined;
}

export interface Earlier {
  model: Model;
  both: SideBySide;
  held: Int32Array;
}

/** What has been derived last is kept, so each element has one of these. */
export function shownOf(draw: Draw) {
  const models = [remember(modelOf), remember(modelOf)] as const;
  const measured = remember((plan: Plan, name: MetricName) => measure(plan, name));
  const quiet = remember(quietIn);
  const held = remember(holders);
  const compared = remember(
    (
      before: Plan,
      plan: Plan,
      metric: MetricName,
      fold: Fold | undefined,
      findings: readonly Told[] | undefined,
      onlyChanges: boolean,
      width: number,
      height: number,
    ): SideBySide =>
      inOneSize(
        sideBySide(before, plan, {
          metric,
          onlyChanges,
          ...folded(fold, { width, height }),
          findings: { after: findings ?? [] },
        }),
      ),
  );
  const earlierOf = remember(
    (model: Model, both: SideBySide): Earlier => ({
      model,
      both,
      held: holders(both.before, model),
    }),
  );

  return (given: PlanViewProperties, choices: Choices, theme: Theme, field: Size): Shown => {
    const { plan, previous, findings, fold } = given;
    if (!plan) return { given, choices, theme, plan: undefined };
    const model = models[0](plan, findings);
    const name = given.metric ?? metricFor(plan.root);
    const { onlyChanges, hits } = choices;
    const { width, height } = field;
    const both =
      previous && compared(previous, plan, name, fold, findings, onlyChanges, width, height);
    const scene = both?.after ?? draw({ ...given, plan }, choices, field);
    const before = previous && models[1](previous, undefined);
    return {
      given,
      choices,
      theme,
      plan: {
        model,
        metric: measured(plan, name),
        scene,
        held: held(scene, model),
        quiet: quiet(scene, model),
        hits,
        answer: previous ? answerOf(previous, plan) : sentenceOf(plan),
        earlier: before && both && earlierOf(before, both),
      },
    };
  };
}

const answerOf = (previous: Plan, plan: Plan): string =>
  `${differenceSentence(previous, plan)} ${sentenceOf(plan)}`;
