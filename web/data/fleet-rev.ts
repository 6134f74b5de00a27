/**
 * Revisions of the fleet's table, `<copy>-<number>`: each replica answers from a copy of its own,
 * and keys of rows mean something in one copy alone. Pure.
 */
interface Rev {
  copy: string;
  at: number;
}

function readRev(text: string): Rev {
  const dash = text.lastIndexOf('-');
  const at = Number(text.slice(dash + 1));
  return { copy: text.slice(0, Math.max(0, dash)), at: Number.isSafeInteger(at) ? at : 0 };
}

export const isSameCopy = (a: string, b: string): boolean => readRev(a).copy === readRev(b).copy;

/** Of the same copy something was told that this page does not have. */
export function isBehind(page: string, told: string | undefined): boolean {
  if (told === undefined) return false;
  const [of, other] = [readRev(page), readRev(told)];
  return of.copy === other.copy && of.at < other.at;
}
