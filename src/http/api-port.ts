import type { RequestListener, ServerResponse } from 'node:http';
import type { ApiDeps } from './api-server.ts';
import { guardedServer } from './guarded-server.ts';
import { openPort, type Port } from './port.ts';

/**
 * Where the API listens. What answers is loaded when somebody asks first: for people that is
 * seldom, and it is a third of all that a process at rest would hold.
 */
export interface ApiPortDeps extends ApiDeps {
  /** Names under which it is asked, besides loopback's and the address itself. */
  hosts: readonly string[];
}

const requestTimeout_ms = 10_000;

export function createApiPort({ hosts, ...deps }: ApiPortDeps): Port {
  let loaded: Promise<RequestListener> | undefined;
  const rules = { hosts, anyAddress: false };
  const server = guardedServer(rules, requestTimeout_ms, (request, response) => {
    loaded ??= load(deps);
    loaded.then(
      (handle) => handle(request, response),
      (error: unknown) => {
        deps.logger.error({ error }, 'the API could not be loaded');
        unavailable(response);
      },
    );
  });
  return openPort(server);
}

async function load(deps: ApiDeps): Promise<RequestListener> {
  const { createApiServer } = await import('./api-server.ts');
  return (await createApiServer(deps)).routing;
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
