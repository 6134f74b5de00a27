import swagger from '@fastify/swagger';
import fastify from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { type Api, type FindTarget, NotFound, type TargetName } from './api.ts';
import { createAuthoriser } from './authorise.ts';
import { readBodies } from './bodies.ts';
import { type Caller, tokenHolder } from './caller.ts';
import { type CycleDeps, cycleRoutes } from './routes/cycles.ts';
import { type FindingDeps, findingRoutes } from './routes/findings.ts';
import { type IndexDeps, indexRoutes } from './routes/index-page.ts';
import { type PlanDeps, planRoutes } from './routes/plans.ts';
import { type QueryDeps, queryRoutes } from './routes/queries.ts';
import { type ReferenceDeps, referenceRoutes } from './routes/reference.ts';
import { type StopDeps, stopRoutes } from './routes/stops.ts';
import { type TargetDeps, targetRoutes } from './routes/targets.ts';
import { validationRoutes } from './routes/validation.ts';
import { type VerdictDeps, verdictRoutes } from './routes/verdicts.ts';

/**
 * The API: what is known, and the emergency stop. A file of routes for each resource, what each
 * answers in answers/; /api/v1/openapi.json describes it.
 */
export type ApiDeps = ServerDeps & Omit<RouteDeps, 'find'>;

export interface ServerDeps {
  version: string;
  token: string;
  loopback: boolean;
  /** Of a target that is not among those known: where to ask instead, for people. */
  elsewhere(name: Omit<TargetName, 'uid'>): string | undefined;
  logger: Logger;
}

type RouteDeps = { find: FindTarget } & IndexDeps &
  TargetDeps &
  QueryDeps &
  PlanDeps &
  FindingDeps &
  VerdictDeps &
  CycleDeps &
  StopDeps &
  ReferenceDeps;

export async function createApiServer(deps: ApiDeps) {
  const server = fastify({
    logger: false,
    // A name has 253 characters at most, each three when encoded; the schemas say what is too long.
    routerOptions: { maxParamLength: 1_000 },
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'dbintel',
        version: deps.version,
        description: 'Query plans, findings, and the emergency stop.',
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  readBodies(server);
  letIn(server, deps);
  tellFailures(server, deps.logger);
  const find = finder(deps);
  // Routes come after swagger, which would not see them otherwise.
  server.register(async (scoped) =>
    addRoutes(scoped.withTypeProvider<ZodTypeProvider>(), { ...deps, find }),
  );
  await server.ready();
  return server;
}

function addRoutes(api: Api, deps: RouteDeps): void {
  indexRoutes(api, deps);
  targetRoutes(api, deps);
  queryRoutes(api, deps);
  planRoutes(api, deps);
  findingRoutes(api, deps);
  verdictRoutes(api, deps);
  cycleRoutes(api, deps);
  stopRoutes(api, deps);
  validationRoutes(api);
  referenceRoutes(api, deps);
}

const finder =
  ({ targets, elsewhere }: Pick<ApiDeps, 'targets' | 'elsewhere'>): FindTarget =>
  (path) => {
    for (const target of targets())
      if (target.namespace === path.namespace && target.name === path.name) return target;
    throw new NotFound(elsewhere(path) ?? `there is no target ${path.namespace}/${path.name}`);
  };

function letIn(server: Api, access: Pick<ServerDeps, 'token' | 'loopback'>): void {
  const mayPass = createAuthoriser(access);
  server.decorateRequest<Caller | null>('caller', null);
  server.addHook('onRequest', async (request, reply) => {
    if (!mayPass({ method: request.method, authorization: request.headers.authorization }))
      await reply.code(401).send({
        error: 'unauthorised',
        message: 'a bearer token is wanted: Authorization: Bearer …',
      });
    else request.caller = tokenHolder;
  });
  server.addHook('preHandler', async ({ caller, params, routeOptions }) => {
    const { namespace } = params as { namespace?: string };
    if (namespace !== undefined && !caller.mayRead(namespace))
      throw new NotFound(`there is nothing in the namespace ${namespace}`);
    const { right } = routeOptions.config;
    if (right && !(await caller.may(right, namespace)))
      throw Object.assign(new Error(`${caller.user} may not ${right}`), { statusCode: 403 });
  });
}

function tellFailures(server: Api, logger: Logger): void {
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const [status, name] = kindOf(error);
    if (status === 500)
      logger.error({ error, route: request.routeOptions.url }, 'the API could not answer');
    return reply.code(status).send({
      error: name,
      message:
        status === 500 ? 'internal error; please report it with the log line' : error.message,
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: 'not_found',
      message: `nothing at ${request.method} ${request.url.split('?')[0]}`,
    }),
  );
}

const statusOf: Partial<Record<Code, number>> = { not_found: 404, verdict_refused: 409 };

/** What our own errors say is for people; of most codes: something that is needed is away. */
function kindOf(error: Error & { statusCode?: number }): [status: number, name: string] {
  if (error instanceof AppError) return [statusOf[error.code] ?? 503, error.code];
  const status = error.statusCode ?? 500;
  return [status, status >= 500 ? 'internal' : 'invalid'];
}
