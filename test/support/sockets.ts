import { readFileSync } from 'node:fs';

/**
 * Our ends of the connections to these ports, by their state in the kernel, owned by a process or
 * by nobody any more; 06 is TIME_WAIT, in which all is said.
 */
export function socketsTo(ports: Iterable<number>): string[] {
  const wanted = new Set(ports);
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, , remote, state] = line.trim().split(/\s+/);
    return state !== '06' && wanted.has(Number.parseInt(remote?.split(':')[1] ?? '', 16))
      ? [state as string]
      : [];
  });
}
