import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { navEntries } from './shell/nav.tsx';

/** What a tab of the browser and its history call a page, by its path below the base. */
export function titleOf(path: string): string {
  const parts = path.split('/').slice(1).map(readable);
  return [...subjectOf(parts), 'dbintel'].join(' · ');
}

function subjectOf([page = '', ...of]: readonly string[]): string[] {
  if (page === 't') return targetPage(of);
  const entry = navEntries.find(({ to }) => to === `/${page}`)?.title;
  const title = entry ?? (page === 'compare' ? 'Compare' : undefined);
  return [...of, title].filter((each) => each !== undefined);
}

function targetPage([ns = '', name = '', , fingerprint, , hash]: readonly string[]): string[] {
  const target = `${ns}/${name}`;
  if (!fingerprint) return [target];
  const statement = `statement ${fingerprint.slice(0, 12)}`;
  return hash ? [`plan ${hash.slice(0, 11)}`, statement, target] : [statement, target];
}

function readable(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Of the page that is shown. */
export function usePageTitle(): string {
  const title = titleOf(useLocation()[0]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return title;
}
