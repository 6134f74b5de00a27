import type { Code } from '../../base/codes.ts';
import type { Fingerprint, Lossiness, Plan } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { AskContext, AskedAs, Question } from './ask.ts';
import { codeOfState, deniedObject } from './errors.ts';
import { isPruned, withoutOwnSettings } from './partitions.ts';
import type { PlanReader } from './plan-reader.ts';
import type { Alike } from './readings.ts';
import { isSquashed, type Template, type Typing, withParams } from './repair.ts';
import type { TypesBefore } from './types-before.ts';
import type { Habits, TypeError } from './typing.ts';

/** What is wanted of one EXPLAIN, and what the server's answer to it says. */

/** A text that has passed the parser and the preflight. */
export interface ExplainJob extends AskedAs {
  template: Template;
  /** A text of the same statement with its real values, seen running; preferred. */
  sample?: string;
  nativeId: string;
  lossiness: Lossiness[];
  fingerprint: Fingerprint;
  queryText?: string;
  namespace: string;
  /** What an earlier EXPLAIN of this text found out; kept between cycles. */
  typing: KnownTyping | undefined;
  /** It outstayed its time before: what is asked of it is asked alone. */
  slow: boolean;
  /** Where its names may mean the tables of several schemas. */
  seek?: Seek;
}

/** Whoever else asks about the text wants to know what is found. */
export interface Seek {
  /** Nothing else is tried. */
  alike?: Alike;
  /** Only the likeliest guesses are worth it: over other tables all are in vain. */
  hasty: boolean;
  saw(id: string | undefined, types: Typing): void;
  found(alike: Alike): void;
}

export interface KnownTyping {
  types: Typing;
  verified: boolean;
  /** When it was found out: columns change their types. */
  at: number;
  /** The Query Identifier of the text with them: its names meant these tables. */
  id?: string;
  /** Partitions are left out of its plan where they are not asked for. */
  whole?: boolean;
}

export interface ExplainContext extends AskContext {
  serverVersion: string;
  habits: Habits;
  typesBefore: TypesBefore;
  readPlan: PlanReader;
}

export interface ExplainAnswer {
  kind: 'explained';
  plan: Plan;
  typing: KnownTyping | undefined;
  /** Partitions were left out of it for no reason. */
  pruned?: true;
}

export function refusal({ state, message }: TypeError): Refusal {
  if (state === viewsForbidden) return noViews;
  const denied = deniedObject({ code: state, message });
  return refused(
    ofPlanning(codeOfState(state)),
    denied?.kind === 'schema' ? `USAGE on schema ${denied.name}` : `SQLSTATE ${state}`,
  );
}

/**
 * What the server says where a role may expand no view, which whoever set that may have meant; and
 * of one that can no longer be written to.
 */
export const viewsForbidden = '55000';
export const noViews = refused(
  'insufficient_privilege',
  'SQLSTATE 55000: restrict_nonsystem_relation_kind keeps our role from views or foreign tables ' +
    '(ALTER ROLE or ALTER DATABASE … RESET it), or a view that it writes to takes no rows any more',
);

/** An error that nothing else is known of is the statement's, not ours. */
export const ofPlanning = (code: Code): Code => (code === 'internal' ? 'unparsable' : code);

export const planned = (types: Typing, template: Template): Question => ({
  text: withParams(template, types),
  paramCount: template.paramCount,
  shown: ['plan'],
});

const identifierLabel = '"Query Identifier":';
const identifier = /\s*(-?\d+)/y;

/** It stands near the end of what may be long. */
export function queryIdentifier(json = ''): string | undefined {
  const at = json.lastIndexOf(identifierLabel);
  if (at < 0) return undefined;
  identifier.lastIndex = at + identifierLabel.length;
  return identifier.exec(json)?.[1];
}

export function finish(
  answered: string,
  parameters: 'generic' | 'sampled',
  typing: KnownTyping | undefined,
  job: ExplainJob,
  { limits, serverVersion, serverMajor, clock, readPlan }: ExplainContext,
): ExplainAnswer | Refusal {
  const prepared = serverMajor < 16 && parameters === 'generic' && job.template.paramCount > 0;
  const json = prepared ? withoutOwnSettings(answered, job.whole === true) : answered;
  const pruned = prepared && !job.whole && isPruned(json);
  // no character takes more than three bytes
  const bytes = 3 * json.length > limits.planBytes ? Buffer.byteLength(json) : 0;
  if (bytes > limits.planBytes)
    return refused('too_large', `plan of ${bytes} bytes, limit ${limits.planBytes}`);
  const marks: Lossiness[] = [];
  if (parameters === 'generic' && typing?.verified === false) marks.push('typing_unverified');
  if (parameters === 'generic' && isSquashed(job.template)) marks.push('list_length_unknown');
  // A policy that reads a setting of the session, whose value there is not known.
  if (job.as !== undefined && json.includes('current_setting(')) marks.push('rls_differs');
  const id = queryIdentifier(json);
  const closed = parameters === 'sampled' || job.template.paramCount === 0;
  if (
    closed &&
    !job.lossiness.includes('typing_unverified') &&
    id !== undefined &&
    id !== job.nativeId
  )
    marks.push('identifier_differs');
  const source = {
    engineVersion: serverVersion,
    namespace: job.namespace,
    collectedAt: clock.now(),
    parameters,
    fingerprint: job.fingerprint,
    ...(job.queryText === undefined ? {} : { queryText: job.queryText }),
    lossiness: [...job.lossiness, ...marks],
  };
  try {
    const plan = readPlan(json, source, job.template);
    const known = typing && { ...typing, ...(id && { id }) };
    return { kind: 'explained', plan, typing: known, ...(pruned ? { pruned } : {}) };
  } catch (error) {
    const statements = statementsIn(json);
    if (statements === 1) throw error;
    return refused('not_explainable_statement', `rules make ${statements} statements of it`);
  }
}

/** One, but where tables have rules: ON INSERT DO ALSO, DO INSTEAD NOTHING. */
function statementsIn(json: string): number {
  try {
    const printed: unknown = JSON.parse(json);
    return Array.isArray(printed) ? printed.length : 1;
  } catch {
    return 1;
  }
}
