import { useCallback, useEffect, useReducer, useRef } from 'react';
import { asAppError } from '../../../src/base/errors.ts';
import { createPlanReader, type PlanReader, type StartWorker } from '../../worker/client.ts';
import type { Answer } from '../../worker/protocol.ts';
import { emptyState, type Given, nextState, type PasteState } from './paste-state.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** The reader's worker, and what came of the texts that it was given. */
export interface Plans {
  state: PasteState;
  /** One text, or the one before and the one after: what is shown next. */
  show(texts: readonly Given[]): Promise<void>;
  /** What is in texts, without showing it. Rejects as the reader does. */
  ask(texts: readonly Given[]): Promise<readonly Answer[]>;
  refuse(refusal: Refusal): void;
  choose(choosing: boolean): void;
  clear(): void;
}

/** `first`: what was shown when the page was left. */
export function usePlans(start: StartWorker, first: PasteState = emptyState): Plans {
  const [state, tell] = useReducer(nextState, first);
  const reader = useRef<PlanReader>(undefined);
  useEffect(
    () => () => {
      reader.current?.close();
      reader.current = undefined;
    },
    [],
  );
  const ask = useCallback(
    (texts: readonly Given[]) => {
      reader.current ??= createPlanReader(start);
      return reader.current.read(texts);
    },
    [start],
  );
  const show = useCallback(
    async (texts: readonly Given[]) => {
      tell({ kind: 'asked', texts });
      try {
        tell({ kind: 'answered', texts, answers: await ask(texts) });
      } catch (error) {
        // Somebody asked anew, or left: what is shown is the newer question's to say.
        if (error instanceof DOMException && error.name === 'AbortError') return;
        const { code, message } = asAppError(error);
        const { name = '', text = '' } = texts.at(-1) ?? {};
        tell({
          kind: 'refused',
          refusal: refusalOf(name, text, { kind: 'refused', code, message }),
        });
      }
    },
    [ask],
  );
  return {
    state,
    show,
    ask,
    refuse: useCallback((refusal) => tell({ kind: 'refused', refusal }), []),
    choose: useCallback((choosing) => tell({ kind: 'choosing', choosing }), []),
    clear: useCallback(() => tell({ kind: 'cleared' }), []),
  };
}
