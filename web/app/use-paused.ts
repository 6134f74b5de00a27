import { useEffect, useState } from 'react';

/** Nobody types on for as long as this without a thought. */
const pause_ms = 350;

/** What somebody types, once they have paused. */
export function usePaused<T>(typed: T): T {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), pause_ms);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled;
}
