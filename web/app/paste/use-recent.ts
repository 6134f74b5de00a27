import { useCallback, useRef, useState } from 'react';
import {
  type Kept,
  type Recent,
  readRecent,
  type Storage,
  switched,
  withKept,
  withoutKept,
  writeRecent,
} from './recent.ts';

/** Recent plans and the place where they are kept; `stored` is false where the browser has none. */
export interface RecentPlans {
  recent: Recent;
  stored: boolean;
  keep(entry: Kept): void;
  forget(id: string): void;
  forgetAll(): void;
  turn(on: boolean): void;
}

/** Pages that are opened as files share one storage: any of them could read it. */
const isShared = () => location.protocol === 'file:';

export function useRecent(): RecentPlans {
  const [recent, setRecent] = useState(() => readRecent(storageOf(), !isShared()));
  const [stored, setStored] = useState(true);
  const latest = useRef(recent);
  const change = useCallback((next: (before: Recent) => Recent) => {
    const storage = storageOf();
    // Another tab may have kept something meanwhile.
    const after = next(storage ? readRecent(storage, latest.current.on) : latest.current);
    latest.current = after;
    setRecent(after);
    setStored(writeRecent(storage, after));
  }, []);
  return {
    recent,
    stored,
    keep: useCallback((entry) => change((before) => withKept(before, entry)), [change]),
    forget: useCallback((id) => change((before) => withoutKept(before, id)), [change]),
    forgetAll: useCallback(() => change(({ on }) => ({ on, kept: [] })), [change]),
    turn: useCallback((on) => change((before) => switched(before, on)), [change]),
  };
}

/** Browsers throw where a page may have none. */
function storageOf(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
