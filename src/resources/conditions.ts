import * as z from 'zod';
import { formatTime } from '../base/quantity.ts';

/** metav1.Condition. */
export const condition = z.strictObject({
  type: z.string().max(64),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(64),
  message: z.string().max(1_024),
  lastTransitionTime: z.iso.datetime().meta({ format: 'date-time' }),
  observedGeneration: z.int().min(0).optional(),
});
export type Condition = z.infer<typeof condition>;
const ours = [
  'Ready',
  'Reconciling',
  'Stalled',
  'PrerequisitesMet',
  'CollectionHealthy',
  'SafetyThrottled',
  'HistoryAway',
] as const;
export type ConditionType = (typeof ours)[number];
/** The schema takes no more. */
export const mostConditions = 12;
export type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Puts `verdict` into the list; the transition time moves only when the status does. */
export function setCondition(
  conditions: readonly Condition[],
  type: ConditionType,
  verdict: Verdict,
  now_ms: number,
): Condition[] {
  const old = conditions.find((each) => each.type === type);
  const lastTransitionTime =
    old?.status === verdict.status ? old.lastTransitionTime : formatTime(now_ms);
  const next = { type, ...verdict, lastTransitionTime };
  return old
    ? conditions.map((each) => (each === old ? next : each))
    : [...withRoom(conditions), next];
}

/** Others may have written conditions of their own: they go where one of ours does not fit in. */
function withRoom(conditions: readonly Condition[]): readonly Condition[] {
  const isOurs = ({ type }: Condition) => ours.some((each) => each === type);
  const last = conditions.findLastIndex((each) => !isOurs(each));
  return conditions.length < mostConditions
    ? conditions
    : conditions.filter((_, index) => index !== last);
}

/** Reconciling, Stalled and HistoryAway are there only while they hold, as kstatus reads them. */
export function removeCondition(
  conditions: readonly Condition[],
  type: ConditionType,
): Condition[] {
  return conditions.filter((each) => each.type !== type);
}
