import type { Program } from '../app/ports.ts';
import type { Logger } from '../base/logger.ts';
import { exitCodes } from './command.ts';

export interface RunOptions {
  logger: Logger;
  /** What is logged when it is told to end. */
  ending: string;
  finished?: Promise<string>;
  /** With the API's address. */
  onStarted?(api: string | undefined): void;
}

/**
 * Runs a program until it is told to end: by a signal, or because `finished` resolves with why. A
 * second signal cancels what is in flight.
 */
export async function runProgram(
  program: Program,
  { logger, ending, finished, onStarted }: RunOptions,
): Promise<number> {
  const { api } = await program.start();
  onStarted?.(api);
  const told = Promise.withResolvers<string>();
  let signals = 0;
  const onSignal = (signal: string) => {
    signals += 1;
    told.resolve(signal);
    if (signals > 1) program.cancel();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const why = await Promise.race([told.promise, ...(finished ? [finished] : [])]);
  logger.info({ why }, ending);
  const failures = await program.stop();
  process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  for (const { name, error } of failures)
    logger.error({ part: name, error }, 'did not stop cleanly');
  return failures.length ? exitCodes.unreachable : exitCodes.done;
}
