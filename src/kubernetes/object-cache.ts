import { createLru } from '../base/lru.ts';

/**
 * The objects of one kind as they were last told, by whatever way they were read. Answers arrive in
 * any order: one that was given before brings nothing back and takes nothing away.
 */
export interface Item {
  uid: string;
  resourceVersion: string;
}

export type Why = 'event' | 'list';

export interface ObjectCache<T extends Item> {
  readonly items: ReadonlyMap<string, T>;
  upsert(item: T, why: Why): void;
  remove(uid: string, version: string): void;
  /** What a whole list, as of `version`, does not have is gone, unless it is younger than that. */
  removeOthers(uids: ReadonlySet<string>, version: string): void;
  /** Those that a whole list should have had. */
  missingFrom(uids: ReadonlySet<string>, version: string): T[];
  /** The cache has nothing as new as this. */
  lacks(item: Item): boolean;
  /** What is read next is so, also where it is older: the store was put back from a copy. */
  forgetGone(): void;
}

/** What is gone is remembered for as long as an answer from before may still come. */
const goneLimit = 10_000;

export function createObjectCache<T extends Item>(handler: {
  upsert(item: T, why: Why): void;
  gone(item: T): void;
}): ObjectCache<T> {
  const items = new Map<string, T>();
  /** As of which version. */
  let gone = createLru<string, string>(goneLimit);

  const lacks = ({ uid, resourceVersion }: Item) => {
    const last = items.get(uid)?.resourceVersion ?? gone.get(uid);
    return last === undefined || isOlder(last, resourceVersion);
  };
  const remove = (uid: string, version: string) => {
    gone.set(uid, version);
    const known = items.get(uid);
    if (known && items.delete(uid)) handler.gone(known);
  };
  const missingFrom = (uids: ReadonlySet<string>, version: string) =>
    [...items.values()].filter(
      ({ uid, resourceVersion }) => !uids.has(uid) && !isOlder(version, resourceVersion),
    );
  return {
    items,
    upsert(item, why) {
      if (!lacks(item)) return;
      items.set(item.uid, item);
      handler.upsert(item, why);
    },
    remove,
    removeOthers(uids, version) {
      for (const { uid } of missingFrom(uids, version)) remove(uid, version);
    },
    missingFrom,
    lacks,
    forgetGone() {
      gone = createLru(goneLimit);
    },
  };
}

/** Resource versions of one kind are decimal numbers that grow; longer is larger. */
const isOlder = (a: string, b: string): boolean =>
  a.length === b.length ? a < b : a.length < b.length;
