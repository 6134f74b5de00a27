import { AppError, asAppError } from '../base/errors.ts';
import { requireLevels } from '../dialects/bounds.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { dialectOf, dialects } from '../dialects/index.ts';
import { brokenJson } from '../dialects/json-pairs.ts';
import type { Resolve, Unread } from '../dialects/reading.ts';
import { remarksOf } from '../dialects/remarks.ts';
import { unframe } from '../dialects/unframe.ts';
import { lineAt } from '../dialects/xml.ts';
import type { DialectName } from '../model/engine-name.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { ReadingRemark } from '../model/reading-remark.ts';
import { analyse } from './analyse.ts';
import { type Need, type Rule, type RuleContext, speaksOf } from './rule.ts';

/**
 * Plans out of files, of which nothing is known but what they say: who printed them, what the rules
 * find in them, and which rules could not be asked for lack of what only a server tells.
 */
export interface Examined {
  plan: Plan;
  findings: Finding[];
  unasked: Unasked[];
}

export interface Unasked {
  rule: string;
  /** What it would have to know; empty: it has nothing to say of a plan without actual figures. */
  missing: Need[];
}

export interface ReadText {
  plan: Plan;
  remarks: ReadingRemark[];
}

/**
 * The text of one EXPLAIN, of whichever engine is the likeliest to have printed it, or of the one
 * that is named, and what of it was not understood. Throws AppError: unparsable, too_large, with
 * the line of the text where reading ended as far as it is known.
 */
export function readPlanText(
  text: string,
  named?: DialectName,
  collectedAt = 0,
  resolve?: Resolve,
): ReadText {
  const plain = unframe(text);
  requireLevels(plain);
  const dialect = named ? dialectOf(named) : likeliest(plain);
  const found: Unread[] = [];
  try {
    const plan = dialect.readPlan(plain, {
      engineVersion: '',
      namespace: '',
      collectedAt,
      parameters: 'sampled',
      fingerprint: { algorithm: 'none', value: '' },
      onUnread: (unread) => found.push(...unread),
      ...(resolve ? { resolve } : {}),
    });
    return { plan, remarks: remarksOf(text, found) };
  } catch (error) {
    throw inTheText(asAppError(error), plain, text);
  }
}

export const readAnyPlan = (...given: Parameters<typeof readPlanText>): Plan =>
  readPlanText(...given).plan;

/** The line of a text out of its frame is another one in the text as it was given. */
function inTheText(error: AppError, plain: string, text: string): AppError {
  const { code, line, message, cause } = error;
  if (line === undefined) return error;
  const words = plain.split('\n')[line - 1]?.trim() ?? '';
  const at = words === '' ? -1 : text.indexOf(words);
  const own = at < 0 ? line : lineAt(text, at);
  return new AppError(code, `line ${own}: ${message}`, { cause, line: own });
}

/** The first that is sure of it: most texts are read by one dialect alone. */
function likeliest(text: string): Dialect {
  let [best, most]: [Dialect | undefined, number] = [undefined, 0];
  for (const dialect of Object.values<Dialect>(dialects)) {
    const sure = dialect.sniff(text);
    if (sure > most) [best, most] = [dialect, sure];
    if (most === 1) break;
  }
  if (best) return best;
  throw notKnown(text);
}

/** The first line tells most of what somebody has pasted. */
function notKnown(text: string): AppError {
  const first = text.split('\n').findIndex((each) => each.trim() !== '') + 1;
  const isJson = /^\s*[[{]/.test(text);
  const broken = isJson ? brokenJson(text) : undefined;
  const line = broken?.line ?? first;
  const read = Object.values(dialects).map(({ label, reads }) => `${label} (${reads})`);
  const what = isStatement.test(text)
    ? `line ${line} begins a statement, and not its plan: paste what EXPLAIN prints of it`
    : isJson
      ? broken === undefined
        ? `line ${line} begins JSON that holds no plan`
        : `line ${line}: ${broken.message}`
      : line === 0
        ? 'the text is empty'
        : `line ${line} begins no plan that is known`;
  return new AppError('unparsable', `${what}. What is read: ${read.join('; ')}`, {
    line: Math.max(1, line),
  });
}
const isStatement = /^\s*(?:select|with|insert|update|delete|merge|explain|analyze)\s/i;

export function examine(rules: readonly Rule[], plan: Plan, previous?: Plan): Examined {
  const context: RuleContext = {
    stats: uncounted,
    fingerprint: plan.fingerprint,
    facts: [],
    ...(previous ? { previous } : {}),
  };
  const ofEngine = rules.filter((rule) => speaksOf(rule, plan.engine));
  const unasked = ofEngine.flatMap((rule) => whyUnasked(rule, plan, previous !== undefined));
  return { plan, findings: analyse(rules, plan, context, { mutes: [], timeShare: 1 }), unasked };
}

function whyUnasked({ id, needs }: Rule, { mode }: Plan, compared: boolean): Unasked[] {
  const missing = needs[mode]?.filter((need) => !(need === 'previous' && compared));
  return missing?.length === 0 ? [] : [{ rule: id, missing: missing ?? [] }];
}

/** Nothing was counted for it. */
export const uncounted: RuleContext['stats'] = {
  key: '',
  nativeId: '',
  database: '',
  user: '',
  toplevel: true,
  calls: 0,
  totalMs: 0,
  meanMs: 0,
  rows: 0,
  tempBlocksWritten: 0,
  isNew: false,
};
