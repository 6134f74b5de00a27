import swagger from '@fastify/swagger';
import fastify, { type FastifyReply } from 'fastify';
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
import { type Api, Elsewhere, type FindTarget, type FindUid } from './api.ts';
import { readBodies, readManifestBodies } from './bodies.ts';
import { createEventHub, type EventDeps } from './event-hub.ts';
import { type Findable, finder, finderOfUid } from './find-target.ts';
import { type GuardDeps, guard } from './guard.ts';
import { refusesUnknown } from './known-questions.ts';
import { RightMissing } from './missing-right.ts';
import { type AdviceDeps, adviceRoutes } from './routes/advice.ts';
import { type CheckDeps, checkRoutes } from './routes/check.ts';
import { type CycleDeps, cycleRoutes } from './routes/cycles.ts';
import { type DiffDeps, diffRoutes } from './routes/diff.ts';
import { eventRoutes } from './routes/events.ts';
import { type ExportDeps, exportRoutes } from './routes/export.ts';
import { type FindingDeps, findingRoutes } from './routes/findings.ts';
import { type FleetDeps, fleetRoutes } from './routes/fleet.ts';
import { type GrantsDeps, grantsRoutes } from './routes/grants.ts';
import { type IndexDeps, indexRoutes } from './routes/index-page.ts';
import { type IndexUseDeps, indexUseRoutes } from './routes/indexes.ts';
import { type PlanDeps, planRoutes } from './routes/plans.ts';
import { type QueryDeps, queryRoutes } from './routes/queries.ts';
import { type ReferenceDeps, referenceRoutes } from './routes/reference.ts';
import { type ReplicaDeps, replicaRoutes } from './routes/replicas.ts';
import { type SearchDeps, searchRoutes } from './routes/search.ts';
import { type SessionDeps, sessionRoutes } from './routes/session.ts';
import { type StopDeps, stopRoutes } from './routes/stops.ts';
import { type TargetDeps, targetRoutes } from './routes/targets.ts';
import { validationRoutes } from './routes/validation.ts';
import { type VerdictDeps, verdictRoutes } from './routes/verdicts.ts';
import { TooMany } from './sign-in.ts';
import { sendLess } from './smaller.ts';
import { refuseNul } from './storable.ts';

/**
 * The API: what is known, and the emergency stop. A file of routes for each resource, what each
 * answers in answers/; /api/v1/openapi.json describes it.
 */
export type ApiDeps = ServerDeps &
  Findable &
  Omit<GuardDeps, 'namespaces'> &
  Omit<RouteDeps, 'find' | 'findUid' | 'guard'>;

export interface ServerDeps {
  version: string;
  logger: Logger;
}

type RouteDeps = { find: FindTarget; findUid: FindUid } & IndexDeps &
  TargetDeps &
  QueryDeps &
  PlanDeps &
  ExportDeps &
  FindingDeps &
  AdviceDeps &
  IndexUseDeps &
  VerdictDeps &
  CycleDeps &
  StopDeps &
  ReferenceDeps &
  Omit<SessionDeps, 'hub'> &
  FleetDeps &
  EventDeps &
  SearchDeps &
  DiffDeps &
  ReplicaDeps &
  CheckDeps &
  GrantsDeps;

export async function createApiServer(deps: ApiDeps) {
  const server = fastify({
    logger: false,
    // A name has 253 characters at most, each three when encoded; the schemas say what is too long.
    routerOptions: { maxParamLength: 1_000 },
    // Addresses that no route is looked for; nobody has been asked yet who they are.
    frameworkErrors: (error, _, reply: FastifyReply) =>
      void reply.code(error.statusCode ?? 400).send({ error: 'invalid', message: unreadable }),
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
  await sendLess(server);
  readBodies(server);
  const guarded = guard(server, { ...deps, namespaces: () => namespacesOf(deps.table) });
  server.addHook('onRoute', refusesUnknown);
  server.addHook('preValidation', refuseNul);
  tellFailures(server, deps.logger);
  const find = finder(deps);
  // Routes come after swagger, which would not see them otherwise.
  server.register(async (scoped) =>
    addRoutes(scoped.withTypeProvider<ZodTypeProvider>(), {
      ...deps,
      find,
      findUid: finderOfUid(deps),
      guard: guarded,
    }),
  );
  await server.ready();
  return server;
}

function addRoutes(api: Api, deps: RouteDeps): void {
  indexRoutes(api, deps);
  targetRoutes(api, deps);
  queryRoutes(api, deps);
  planRoutes(api, deps);
  exportRoutes(api, deps);
  findingRoutes(api, deps);
  adviceRoutes(api, deps);
  indexUseRoutes(api, deps);
  verdictRoutes(api, deps);
  cycleRoutes(api, deps);
  stopRoutes(api, deps);
  referenceRoutes(api, deps);
  grantsRoutes(api, deps);
  const hub = createEventHub(deps);
  sessionRoutes(api, { ...deps, hub });
  fleetRoutes(api, deps);
  eventRoutes(api, { ...deps, hub });
  searchRoutes(api, deps);
  diffRoutes(api, deps);
  replicaRoutes(api, deps);
  api.register(async (scoped) => {
    const manifests = scoped.withTypeProvider<ZodTypeProvider>();
    readManifestBodies(manifests);
    validationRoutes(manifests);
    checkRoutes(manifests, deps);
  });
}

/** Of the whole fleet: what this replica's history can tell of may be less. */
const namespacesOf = (table: ApiDeps['table']) =>
  Iterator.from(table.places()).map((place) => table.name(place).namespace);

function tellFailures(server: Api, logger: Logger): void {
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const [status, name] = kindOf(error);
    if (error instanceof TooMany) reply.header('retry-after', error.retryAfter_s);
    if (status === 500)
      logger.error({ error, route: request.routeOptions.url }, 'the API could not answer');
    return reply.code(status).send({
      error: name,
      ...(error instanceof Elsewhere && error.owner ? { owner: error.owner } : {}),
      ...(error instanceof RightMissing ? { missing: error.missing } : {}),
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

const unreadable = 'the address is too long, or not one that can be read';

/** Of what is refused before it is looked at. */
const words: Record<number, string> = {
  401: 'unauthorised',
  403: 'forbidden',
  429: 'too_many',
};

const statusOf: Partial<Record<Code, number>> = {
  not_found: 404,
  verdict_refused: 409,
  emergency_stop: 409,
};

/** What our own errors say is for people; of most codes: something that is needed is away. */
function kindOf(error: Error & { statusCode?: number }): [status: number, name: string] {
  if (error instanceof Elsewhere) return [404, 'elsewhere'];
  if (error instanceof AppError) return [statusOf[error.code] ?? 503, error.code];
  const status = error.statusCode ?? 500;
  return [status, status >= 500 ? 'internal' : (words[status] ?? 'invalid')];
}
