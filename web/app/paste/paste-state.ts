import type { Answer, ReadPlan } from '../../worker/protocol.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/**
 * What the page shows, as data. Texts are what was pasted, dropped or chosen, or packed plans: the
 * reader takes all of them. Two are a plan before and one after.
 */
export interface Given {
  name: string;
  text: string;
  /** The statement that was explained, where somebody gives it. */
  statement?: string;
  /** It is ours, and at hand anyway. */
  isExample?: true;
}

export interface Looked {
  given: Given;
  read: ReadPlan;
}

export interface PasteState {
  /** Nothing, a plan, or the one before and the one after. */
  shown: readonly Looked[];
  /** What the reader has now. */
  reading: readonly Given[];
  /** Why the last text was not read; what is shown stays. */
  refusal?: Refusal;
  /** The form is open for a plan to compare with the one that is shown. */
  choosing: boolean;
}

/** What stands in the form's fields. */
export interface Typed {
  text: string;
  statement: string;
}
export const nothingTyped: Typed = { text: '', statement: '' };

/** All that a person loses who has to leave the page. */
export interface PasteDraft {
  state: PasteState;
  typed: Typed;
}

export type PasteEvent =
  | { kind: 'asked'; texts: readonly Given[] }
  | { kind: 'answered'; texts: readonly Given[]; answers: readonly Answer[] }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'choosing'; choosing: boolean }
  | { kind: 'cleared' };

export const emptyState: PasteState = { shown: [], reading: [], choosing: false };

export function nextState(state: PasteState, event: PasteEvent): PasteState {
  const { shown, choosing } = state;
  switch (event.kind) {
    case 'asked':
      return { shown, choosing, reading: event.texts };
    case 'answered': {
      const { looked, refusal } = sorted(event.texts, event.answers);
      return refusal
        ? { shown, choosing, reading: [], refusal }
        : { shown: looked, choosing: false, reading: [] };
    }
    case 'refused':
      return { shown, choosing, reading: [], refusal: event.refusal };
    case 'choosing':
      return { shown, reading: [], choosing: event.choosing };
    case 'cleared':
      return emptyState;
  }
}

/** What is read when `given` comes: alone, or after the plan that it is to be compared with. */
export function textsFor({ shown, choosing }: PasteState, given: Given): readonly Given[] {
  const before = shown.at(-1);
  return choosing && before ? [before.given, given] : [given];
}

function sorted(texts: readonly Given[], answers: readonly Answer[]) {
  const looked: Looked[] = [];
  for (const [at, given] of texts.entries()) {
    const read = answers[at];
    if (read?.kind === 'plan') looked.push({ given, read });
    else if (read) return { looked, refusal: refusalOf(given.name, given.text, read) };
  }
  return { looked };
}
