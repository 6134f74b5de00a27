import { readFile } from 'node:fs/promises';
import { bytes as readStream } from 'node:stream/consumers';
import { decodeText } from '../base/decode-text.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { readPlanText } from '../dialects/read-any.ts';
import type { ReadText } from '../dialects/read-text.ts';
import type { DialectName } from '../model/engine-name.ts';

/** The plan in a file, or on stdin (`-`), and what of it was not understood; errors name it. */
export async function readPlanFile(file: string, engine?: DialectName): Promise<ReadText> {
  const content = file === '-' ? await readStream(process.stdin) : await contentOf(file);
  try {
    return readPlanText(decodeText(content), engine, systemClock.now());
  } catch (error) {
    const { code, message } = asAppError(error);
    throw new AppError(code, `${file}: ${message}`);
  }
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const why = (cause as { code?: string }).code ?? String(cause);
    throw new Error(`${file}: cannot be read (${why})`, { cause });
  }
}
