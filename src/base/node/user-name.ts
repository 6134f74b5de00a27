import { userInfo } from 'node:os';

/** Of this machine's user, as they are told of; in a container that may be a number alone. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
