import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of somebody else's makes a browser ask us. A browser says of itself where a
 * request comes from, and no page can change what it says; a program says nothing, and brings a
 * token in a header, which no foreign page can. Pure.
 */
export interface Asked {
  method: string;
  headers: IncomingHttpHeaders;
  /** Our own, as this browser knows it. */
  origin: string;
  /** It brings a token in a header. */
  bearer: boolean;
}

/** Why it is refused, for people; undefined: it is not. */
export function whyForeign({ method, headers, origin, bearer }: Asked): string | undefined {
  const [site, from] = [headers['sec-fetch-site'], headers.origin];
  if (from !== undefined && from !== origin) return `the page is of ${from}, not of ${origin}`;
  if (site !== undefined && !ownSites.has(String(site)))
    return `the request comes from another site (${String(site)})`;
  if (reading.has(method) || bearer) return undefined;
  if (site !== 'same-origin')
    return 'Sec-Fetch-Site is not same-origin: changes come from our own pages, or with a token';
  if (from === undefined) return 'a change wants an Origin';
  return carriesBody(headers) && !typed.test(headers['content-type'] ?? '')
    ? 'a change is application/json or application/yaml'
    : undefined;
}

/** none: typed into the address bar, or a bookmark. */
const ownSites = new Set(['same-origin', 'none']);
const reading = new Set(['GET', 'HEAD']);
const typed = /^(application\/json|application\/yaml|text\/yaml)\s*(;|$)/i;

const carriesBody = (headers: IncomingHttpHeaders) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
