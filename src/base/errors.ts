import type { Action } from './code-entry.ts';
import { type Code, codes } from './codes.ts';

/**
 * An error that crosses an edge: wrapped once, with a code from the table. Its message holds no
 * secret and no literal.
 */
export class AppError extends Error {
  readonly code: Code;
  readonly action: Action;
  /** Of a text that cannot be read, from 1: where reading ended. */
  readonly line: number | undefined;
  constructor(code: Code, message: string, options: { cause?: unknown; line?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.line = options.line;
    this.name = 'AppError';
    this.code = code;
    this.action = codes[code].action;
  }
}

/**
 * What is known of anything thrown. A foreign error's own text is kept out: it may quote what it
 * failed on.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new AppError('internal', `unexpected ${name}`, { cause: error });
}
