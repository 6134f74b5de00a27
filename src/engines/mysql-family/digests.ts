import type { StatementRef } from '../engine.ts';
import type { KnownText } from './dialect.ts';

/** The digests to ask for the texts of, and what is known without asking: what no longer fitted into the server's table has no digest and no text. */
export function digestsOf(statements: readonly StatementRef[]): { digests: string[]; texts: Map<string, KnownText> } {
  const [lost, counted] = [statements.filter(({ nativeId }) => nativeId === ''), statements.filter(({ nativeId }) => nativeId !== '')];
  return {
    digests: [...new Set(counted.map(({ nativeId }) => nativeId))],
    texts: new Map(lost.map(({ key }) => [key, { digestText: '' }])),
  };
}
