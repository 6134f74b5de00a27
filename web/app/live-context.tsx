import { createContext, type ReactNode, use, useEffect, useEffectEvent, useState } from 'react';
import type { EventTold } from '../data/answers.ts';
import { createLive, type Live } from '../data/live.ts';

/** What the program tells by itself, for every part of a page. */
const LiveContext = createContext<Live | undefined>(undefined);

export function LiveProvider({ children }: { children: ReactNode }) {
  const [live] = useState(createLive);
  useEffect(() => live.start(), [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = use(LiveContext);
  if (!live) throw new Error('live events are for what is within the shell');
  return live;
}

export function useEvents(hear: (event: EventTold) => void): void {
  const live = useLive();
  const listener = useEffectEvent(hear);
  useEffect(() => live.onEvent((event) => listener(event)), [live]);
}
