import { AppError, asAppError } from '../base/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { ReadingRemark } from '../model/reading-remark.ts';
import { requireLevels } from './bounds.ts';
import type { Dialect } from './dialect.ts';
import { firstPlan } from './first-plan.ts';
import { allHabits } from './habits.ts';
import { brokenJson } from './json-pairs.ts';
import type { Resolve, Unread } from './reading.ts';
import { remarksOf } from './remarks.ts';
import { unframe } from './unframe.ts';
import { lineAt } from './xml.ts';

/**
 * A plan out of a text of which nothing is known but what it says. Who chooses the dialect has all
 * of them at hand (read-any.ts), or loads one after the other.
 */
export interface ReadText {
  plan: Plan;
  remarks: ReadingRemark[];
}

/** What the server printed of one statement. Throws AppError: too_large. */
export function outOfFrame(text: string): Unframed {
  const first = firstPlan(text);
  const plain = unframe(first.text);
  requireLevels(plain);
  // Two steps in a column may be two plans of one step each.
  requireIndentation(first.next === undefined ? plain : text, first.next === undefined ? 2 : 3);
  return { plain, ...(first.next === undefined ? {} : { next: first.next }) };
}

/**
 * Blanks before a line tell which step it is below. Many a form of a ticket or a chat drops them,
 * and each step would be a plan of its own.
 */
function requireIndentation(plain: string, least: number): void {
  const lines = plain.split('\n');
  const steps = lines.filter((line) => isStep.test(line));
  if (steps.length < least || lines.some((line) => /^\s+\S/.test(line))) return;
  throw new AppError('unparsable', lostIndentation, { line: lines.indexOf(steps[1] ?? '') + 1 });
}
/** Nor `->'key'` of a statement, nor a subquery of MySQL’s, which stands beside the first step. */
const isStep = /^-> +(?!Select #)[A-Z]/;
const lostIndentation =
  'the lines have lost the blanks that they began with, and with them which step is below which: ' +
  'copy the plan as it was printed, as a file or between ```, or as JSON';

export interface Unframed {
  plain: string;
  /** The line of the text with which another plan begins. */
  next?: number;
}

const nextPlan = ({ next }: Unframed): ReadingRemark[] =>
  next === undefined ? [] : [{ line: next, text: 'another plan: only the first is read' }];

/** Throws AppError: unparsable, too_large. */
export function readWith(
  dialect: Dialect,
  text: string,
  unframed: Unframed,
  source: { collectedAt: number; resolve?: Resolve },
): ReadText {
  const found: Unread[] = [];
  try {
    const plan = dialect.readPlan(unframed.plain, {
      engineVersion: '',
      namespace: '',
      parameters: 'sampled',
      fingerprint: { algorithm: 'none', value: '' },
      onUnread: (unread) => found.push(...unread),
      ...source,
    });
    return { plan, remarks: [...remarksOf(text, found), ...nextPlan(unframed)] };
  } catch (error) {
    throw inTheText(asAppError(error), unframed.plain, text);
  }
}

/** The line of a text out of its frame is another one in the text as it was given. */
function inTheText(error: AppError, plain: string, text: string): AppError {
  const { code, line, message, cause } = error;
  if (line === undefined) return error;
  const words = plain.split('\n')[line - 1]?.trim() ?? '';
  const at = words === '' ? -1 : text.indexOf(words);
  const own = at < 0 ? line : lineAt(text, at);
  return new AppError(code, `line ${own}: ${message}`, { cause, line: own });
}

/** The first line tells most of what somebody has pasted. */
export function notKnown(text: string): AppError {
  const first = text.split('\n').findIndex((each) => each.trim() !== '') + 1;
  const isJson = /^\s*[[{]/.test(text);
  const broken = isJson ? brokenJson(text) : undefined;
  const line = broken?.line ?? first;
  const read = allHabits.map(({ label, reads }) => `${label} (${reads})`);
  const what = isStatement.test(text)
    ? `line ${line} begins a statement, and not its plan: paste what EXPLAIN prints of it`
    : isError.test(text)
      ? `line ${line} is an error of the server: it explained nothing`
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
const isError = /^\s*(?:ERROR\b|Msg \d+|ORA-\d+)/;
const isStatement = /^\s*(?:select|with|insert|update|delete|merge|explain|analyze)\s/i;
