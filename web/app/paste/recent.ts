/**
 * Plans that were read here before: kept in this browser alone, as they are packed (without a
 * literal), a bounded number of them. Each can be deleted, and all; nothing is kept where it is
 * switched off. Pages of one address share it, and pages that are opened as files share one for
 * all of them: there it is off until somebody switches it on.
 */
export interface Kept {
  id: string;
  name: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** `PostgreSQL text with ANALYZE`. */
  what: string;
  sentence: string;
  packed: string;
}

export interface Recent {
  on: boolean;
  /** The newest first. */
  kept: readonly Kept[];
}

/** More nobody looks through. */
export const mostKept = 20;
/** Characters: local storage of a page ends at 5 million, and it is not all ours. */
export const mostCharacters = 1_500_000;

/** The same plan again moves to the top; what is too large by itself is not kept. */
export function withKept({ on, kept }: Recent, entry: Kept): Recent {
  if (!on || entry.packed.length > mostCharacters) return { on, kept };
  const others = kept.filter(({ packed }) => packed !== entry.packed);
  let room = mostCharacters;
  const fitting = [entry, ...others].slice(0, mostKept).filter(({ packed }) => {
    room -= packed.length;
    return room >= 0;
  });
  return { on, kept: fitting };
}

export const withoutKept = ({ on, kept }: Recent, id: string): Recent => ({
  on,
  kept: kept.filter((each) => each.id !== id),
});

/** Off forgets what there is. */
export const switched = ({ kept }: Recent, on: boolean): Recent => ({ on, kept: on ? kept : [] });

/** Of localStorage, what is used. It may throw: full, or not allowed. */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;
const place = 'dbintel.recent-plans';

/** What is stored there may be anybody's: what is no list of plans is none. */
export function readRecent(storage: Storage | undefined, onByDefault: boolean): Recent {
  const nothing = { on: onByDefault, kept: [] };
  try {
    const stored: unknown = JSON.parse(storage?.getItem(place) ?? 'null');
    if (typeof stored !== 'object' || stored === null || !('on' in stored)) return nothing;
    const kept = 'kept' in stored && Array.isArray(stored.kept) ? stored.kept.filter(isKept) : [];
    return { on: stored.on === true, kept: stored.on === true ? kept.slice(0, mostKept) : [] };
  } catch {
    // Storage that is not allowed, or damaged, is an empty one.
    return nothing;
  }
}

/** False where it could not be kept. */
export function writeRecent(storage: Storage | undefined, recent: Recent): boolean {
  try {
    storage?.setItem(place, JSON.stringify(recent));
    return storage !== undefined;
  } catch {
    // Full, or not allowed: the caller says so.
    return false;
  }
}

function isKept(each: unknown): each is Kept {
  const entry = each as Record<keyof Kept, unknown> | null;
  return (
    typeof entry === 'object' &&
    entry !== null &&
    typeof entry.at === 'number' &&
    [entry.id, entry.name, entry.what, entry.sentence, entry.packed].every(
      (text) => typeof text === 'string',
    )
  );
}
