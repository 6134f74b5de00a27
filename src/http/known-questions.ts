import type { RouteOptions } from 'fastify';
import * as z from 'zod';

/**
 * What a route does not know is a mistake and never left aside: with `dryrun` for `dryRun` a stop
 * would be one, and with `namespace` for `ns` a list would be of all.
 */
export function refusesUnknown(route: RouteOptions): void {
  const { schema = {} } = route;
  const asked = schema.querystring as z.ZodObject | undefined;
  route.schema = { ...schema, querystring: (asked ?? z.object({})).strict() };
}
