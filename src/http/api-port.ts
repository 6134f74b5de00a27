import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ApiDeps } from './api-server.ts';
import { guardedServer } from './guarded-server.ts';
import { openPort, type Port } from './port.ts';

/**
 * Where the API and the pages listen. What answers is loaded when somebody asks first: for people
 * that is seldom, and it is a third of all that a process at rest would hold.
 */
export interface ApiPortDeps extends ApiDeps {
  /** Names under which it is asked, besides loopback's and the address itself. */
  hosts: readonly string[];
  /**
   * The web UI, from this folder; from where it was built where none is named. Undefined: it is not
   * served.
   */
  pages?: { folder?: string } | undefined;
}

const requestTimeout_ms = 10_000;

export function createApiPort({ hosts, pages, ...deps }: ApiPortDeps): Port {
  const api = lazily(() => loadApi(deps));
  const ui = lazily(() => loadPages(pages?.folder));
  const rules = { hosts, anyAddress: false };
  const server = guardedServer(rules, requestTimeout_ms, (request, response) => {
    const load = pages && isForPages(request) ? ui : api;
    load.get().then(
      ({ handle }) => handle(request, response),
      (error: unknown) => {
        deps.logger.error({ error }, 'the API could not be loaded');
        unavailable(response);
      },
    );
  });
  const port = openPort(server);
  return {
    listen: port.listen,
    async close() {
      // Who listens to events is told that it is over.
      await (await api.known()?.catch(() => undefined))?.close();
      await port.close();
    },
  };
}

/** A browser that asks for nothing in particular wants the pages, a program what there is. */
function isForPages({ url = '', headers }: IncomingMessage): boolean {
  if (/^\/ui($|[/?])/.test(url)) return true;
  return /^\/($|\?)/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}

interface Loaded {
  handle: RequestListener;
}

/** `known`: undefined as long as nobody has asked for it; what has failed is tried again. */
export function lazily<T>(load: () => Promise<T>) {
  let loaded: Promise<T> | undefined;
  return {
    known: () => loaded,
    get() {
      loaded ??= load().catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      return loaded;
    },
  };
}

async function loadApi(deps: ApiDeps): Promise<Loaded & { close(): Promise<void> }> {
  const { createApiServer } = await import('./api-server.ts');
  const server = await createApiServer(deps);
  return { handle: server.routing, close: () => server.close() };
}

async function loadPages(folder: string | undefined): Promise<Loaded> {
  const { openPages, pagesFolder } = await import('./pages.ts');
  return openPages(folder ?? pagesFolder());
}

function unavailable(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json; charset=utf-8' });
  response.end(
    JSON.stringify({
      error: 'internal',
      message: 'internal error; please report it with the log line',
    }),
  );
}
