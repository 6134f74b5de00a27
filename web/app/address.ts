import { useCallback, useMemo } from 'react';
import { useLocation, useSearchParams } from 'wouter';

/** What a page shows is in its address: `?state=silent`. A change of `undefined` takes it out. */
export type Change = Readonly<Record<string, string | undefined>>;

export function useAddress<K extends string>(
  names: readonly K[],
): [Readonly<Partial<Record<K, string>>>, (change: Change, how?: 'push' | 'replace') => void] {
  const [params] = useSearchParams();
  const [path, navigate] = useLocation();
  const text = params.toString();
  const values = useMemo(() => pick(new URLSearchParams(text), names), [text, names]);
  const change = useCallback(
    (wanted: Change, how: 'push' | 'replace' = 'push') => {
      const { search, hash } = window.location;
      const next = changed(new URLSearchParams(search), wanted).toString();
      // With its hash: that is which tab of the page is shown.
      navigate(`${path}${next && '?'}${next}${hash}`, { replace: how === 'replace' });
    },
    [path, navigate],
  );
  return [values, change];
}

export function pick<K extends string>(
  params: URLSearchParams,
  names: readonly K[],
): Partial<Record<K, string>> {
  const found = names.flatMap((name) => {
    const value = params.get(name);
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found) as Partial<Record<K, string>>;
}

export function changed(before: URLSearchParams, change: Change): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(change))
    if (value) next.set(name, value);
    else next.delete(name);
  return next;
}
