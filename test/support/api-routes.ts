import type { ApiDeps } from '../../src/http/api-server.ts';
import { createApiServer } from '../../src/http/api-server.ts';

/** Every route that the API says it has, so that a test of all of them forgets none. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/v1/targets/{namespace}/{name}`. */
  path: string;
  /** Names of what stands in the path, and in the question. */
  inPath: string[];
  inQuery: string[];
}

export type ApiServer = Awaited<ReturnType<typeof createApiServer>>;

export const openServer = (deps: ApiDeps): Promise<ApiServer> => createApiServer(deps);

interface Operation {
  parameters?: { name: string; in: string }[];
}

export async function apiRoutes(server: ApiServer, token: string): Promise<ApiRoute[]> {
  const url = '/api/v1/openapi.json';
  const headers = { authorization: `Bearer ${token}` };
  const { paths } = (await server.inject({ url, headers })).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase() as ApiRoute['method'],
      path,
      inPath: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
      inQuery: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
    })),
  );
}

/** `valueOf`: as it stands in an address, encoded. */
export function addressOf(
  { path, inPath }: ApiRoute,
  valueOf: (name: string) => string,
  question: readonly (readonly [string, string])[] = [],
): string {
  const filled = inPath.reduce((rest, name) => rest.replace(`{${name}}`, valueOf(name)), path);
  const asked = question.map(([name, value]) => `${name}=${value}`).join('&');
  return asked ? `${filled}?${asked}` : filled;
}
