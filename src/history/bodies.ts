import { AppError } from '../base/errors.ts';
import { compressJson, expandJson } from '../base/node/compress.ts';
import { type Plan, planModel } from '../model/plan.ts';
import type { PlanContext } from '../model/statistics.ts';
import { isRecord } from './columns.ts';

/**
 * A plan with its context as one compressed document: both are written together, and a second one
 * would cost more than what is in it. It is the plan's own JSON with one more key, which programs
 * of the version before leave alone. All of it is redacted before it comes here.
 */
export interface Body {
  plan: Plan;
  context?: PlanContext;
}

/** Bytes of JSON: a server's answer is 4 MiB at most. */
const bodyLimit = 64 * 1_048_576;
/**
 * Tables, columns and indexes of one context, some 60 bytes each. A statement over thousands of
 * partitions has more: its shape is kept, its facts are not.
 */
export const mostFacts = 5_000;
/**
 * Sizes of tables drift slowly: a plan that is seen again gets the facts of that day, and a cycle
 * does not compress anew what changed by some rows.
 */
const contextAge_ms = 24 * 3_600_000;

export const contextIsOld = (contextAt: number | undefined, now: number): boolean =>
  contextAt === undefined || now - contextAt >= contextAge_ms;

export const writeBody = ({ plan, context }: Body): Uint8Array =>
  compressJson(context ? { ...plan, context: bounded(context) } : plan);

function bounded({ facts, ...rest }: PlanContext): PlanContext {
  const count = facts.reduce(
    (sum, { columns = [], indexes }) => sum + 1 + columns.length + indexes.length,
    0,
  );
  return { ...rest, facts: count > mostFacts ? [] : facts };
}

export function readBody(bytes: Uint8Array): Body {
  const document = expandJson(bytes, bodyLimit);
  if (!isRecord(document)) throw unreadable();
  const { context, ...plan } = document;
  if (!isPlan(plan)) throw unreadable();
  if (context === undefined) return { plan };
  if (!isContext(context)) throw unreadable();
  return { plan, context };
}

const unreadable = () =>
  new AppError('internal', 'the history holds a plan that this version cannot read');

const isPlan = (value: object): value is Plan =>
  'planModel' in value && value.planModel === planModel && 'root' in value && isRecord(value.root);

const isContext = (value: unknown): value is PlanContext =>
  isRecord(value) &&
  Array.isArray(value['facts']) &&
  [value['shape'], value['settings']].every((each) => each === undefined || isRecord(each));
