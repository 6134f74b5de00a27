import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { readAnyPlan } from '../analysis/examine.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import type { DialectName } from '../model/engine-name.ts';
import type { Plan } from '../model/plan.ts';

/** The plan in a file, or on stdin (`-`); errors name the file. */
export async function readPlanFile(file: string, engine?: DialectName): Promise<Plan> {
  const content = file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  try {
    return readAnyPlan(content, engine, systemClock.now());
  } catch (error) {
    const { code, message } = asAppError(error);
    throw new AppError(code, `${file}: ${message}`);
  }
}
