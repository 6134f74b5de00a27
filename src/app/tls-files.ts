import { readFileSync } from 'node:fs';
import { AppError } from '../base/errors.ts';
import type { ReadTls } from '../base/tls-files.ts';
import type { Config } from '../config.ts';

const ends = { ca: 'CA', cert: 'CERT', key: 'KEY' } as const;
type Variable = `DBINTEL_${'OTLP' | 'REDIS'}_${'CA' | 'CERT' | 'KEY'}`;

/**
 * What the files hold that the variables name, read anew each time; while one is being replaced,
 * what was read last. Throws AppError('invalid_config') that names the variable, at once: who reads
 * only a path looks for it in a dozen of them.
 */
export function tlsFiles(config: Pick<Config, Variable>, of: 'OTLP' | 'REDIS'): ReadTls {
  const read = () =>
    Object.fromEntries(
      Object.entries(ends).flatMap(([name, end]) => {
        const text = named(config, `DBINTEL_${of}_${end}`);
        return text === undefined ? [] : [[name, text]];
      }),
    );
  let known = read();
  return () => {
    try {
      known = read();
    } catch {
      // the next connection looks again
    }
    return known;
  };
}

function named(config: Pick<Config, Variable>, variable: Variable): string | undefined {
  const path = config[variable];
  try {
    return path ? readFileSync(path, 'utf8') : undefined;
  } catch (error) {
    const { message } = error as Error;
    throw new AppError('invalid_config', `${variable}: ${message}`, { cause: error });
  }
}
