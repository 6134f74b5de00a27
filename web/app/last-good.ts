import { useState } from 'react';

/** What was known stays while what is asked for now is not there. */
export function useLastGood<T>(data: T | undefined): T | undefined {
  const [kept, setKept] = useState(data);
  if (data !== undefined && data !== kept) setKept(data);
  return data ?? kept;
}
