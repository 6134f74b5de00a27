import { pino } from 'pino';
import type { Logger, LogLevel } from '../logger.ts';

/** The logger of a process: pino, with what could hold a secret censored. */
const secrets = [
  'password',
  'token',
  'authorization',
  'secret',
  'credentials',
  'key',
  'cert',
  'ca',
  'connectionString',
];

export function createLogger(level: LogLevel, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    serializers: { error: describeError },
  };
  if (destination) return pino(options, destination);
  const stderr = pino.destination({ fd: 2, sync: true });
  // It writes past process.stderr; whoever listens there is told when nobody reads any more.
  stderr.on(
    'error',
    (error) => process.stderr.listenerCount('error') && process.stderr.emit('error', error),
  );
  return pino(options, stderr);
}

/**
 * Name, code and message of an error; never its stack or the fields a driver hung on it (they hold
 * parameters and rows).
 */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, code }: Error & { code?: unknown } = error;
  return { name, ...(code === undefined ? {} : { code }), message };
}
