import { createContext, use } from 'react';

/** Opens the dialog of the emergency stop; with targets, `namespace/name`, for these. */
export type AskToStop = (targets?: readonly string[]) => void;

export const StopContext = createContext<AskToStop>(() => undefined);
export const useAskToStop = (): AskToStop => use(StopContext);
